using BenchmarkDotNet.Running;
using NetPolNic.Benches.ControlPlane;
using NetPolNic.Benches.Datapath;
using NetPolNic.Benches.Datapath.Loop;
using NetPolNic.Benches.Flow;
using NetPolNic.Benches.LineRate;
using NetPolNic.Benches.Loop;
using NetPolNic.Benches.Micro;
using NetPolNic.Benches.Planner;
using NetPolNic.Benches.Scale;

switch (args)
{
    case [ResolveEventsCommand.Name]:
        return ResolveEventsCommand.Run();
    case [PlanTimesCommand.Name]:
        return PlanTimesCommand.Run();
    case [LoopStallsCommand.Name, .. string[] options]:
        return LoopStallsCommand.Run(options);
    case [FlowRateCommand.Name]:
        return FlowRateCommand.Run();
    case [ControlPlaneCommand.Name, .. string[] options]:
        return await ControlPlaneCommand.RunAsync(ControlPlaneOptions.Parse(options));
    case [ApiServerCommand.Name, .. string[] options]:
        return await ApiServerCommand.RunAsync(ControlPlaneOptions.Parse(options));
    case [LineRateCommand.Name, .. string[] options]:
        return LineRateCommand.Run(LineRateOptions.Parse(options));
    case [ScaleCommand.Name, .. string[] options]:
        return ScaleCommand.Run(options);
    case [LoopCommand.Name, .. string[] options]:
        return LoopCommand.Run(LoopOptions.Parse(options));
    case [DataPathCommand.Name, .. string[] options]:
        return await DataPathCommand.RunAsync(DataPathOptions.Parse(options));
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}
