using Xunit.Sdk;
using Xunit.v3;

// EAL starts once per process and every node shares its ports and its packet pool: one test at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]
