using Xunit.Sdk;
using Xunit.v3;

// Every test drives a testpmd of its own: one at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]
