using BenchmarkDotNet.Running;
using NetPolNic.Benches.ControlPlane;
using NetPolNic.Benches.Flow;
using NetPolNic.Benches.Micro;

switch (args)
{
    case [ResolveEventsCommand.Name]:
        return ResolveEventsCommand.Run();
    case [FlowRateCommand.Name]:
        return FlowRateCommand.Run();
    case [ControlPlaneCommand.Name, .. string[] options]:
        return await ControlPlaneCommand.RunAsync(ControlPlaneOptions.Parse(options));
    case [ApiServerCommand.Name, .. string[] options]:
        return await ApiServerCommand.RunAsync(ControlPlaneOptions.Parse(options));
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}
