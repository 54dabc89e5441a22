using BenchmarkDotNet.Running;
using NetPolNic.Benches;
using NetPolNic.Benches.ControlPlane;
using NetPolNic.Benches.Datapath;
using NetPolNic.Benches.Datapath.Loop;
using NetPolNic.Benches.Flow;
using NetPolNic.Benches.LineRate;
using NetPolNic.Benches.Loop;
using NetPolNic.Benches.Micro;
using NetPolNic.Benches.Planner;
using NetPolNic.Benches.Scale;

try
{
    return await RunAsync(args).ConfigureAwait(false);
}
catch (Exception problem) when (problem is ArgumentException or FormatException)
{
    await Console.Error.WriteLineAsync($"benches: {problem.Message}").ConfigureAwait(false);
    return 2;
}

static async Task<int> RunAsync(string[] words)
{
    switch (words)
    {
        case ["--help" or "-h" or "help"]:
            await Console.Out.WriteLineAsync(Usage.Commands).ConfigureAwait(false);
            return 0;
        case [string command, .. string[] rest] when Usage.Of(command) is { } usage && (rest.Contains("--help") || rest.Contains("-h")):
            await Console.Out.WriteLineAsync(usage).ConfigureAwait(false);
            return 0;
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
        case [ResolveEventsCommand.Name or PlanTimesCommand.Name or FlowRateCommand.Name, string option, ..]:
            throw new ArgumentException($"there is no option {option}");
        case [string command, ..] when !command.StartsWith('-'):
            throw new ArgumentException($"there is no command {command}; --help lists them");
        default:
            BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(words);
            return 0;
    }
}
