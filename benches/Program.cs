using BenchmarkDotNet.Running;
using NetPolNic.Benches.Micro;

if (args is [ResolveEventsCommand.Name])
{
    return ResolveEventsCommand.Run();
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
