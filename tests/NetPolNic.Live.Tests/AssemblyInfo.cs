using Xunit.Sdk;
using Xunit.v3;

// Each world has an agent whose poll loop takes a CPU of its own: one at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]
