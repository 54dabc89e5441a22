using System.Globalization;
using NetPolNic.Agent.Commands;
using NetPolNic.Benches.Datapath.Contestants;
using NetPolNic.Benches.Datapath.Report;
using NetPolNic.Benches.Datapath.Traffic;

namespace NetPolNic.Benches.Datapath;

/// <summary>
/// Measures the data path against what people would use instead, on the same traffic and policy, in one interleaved run; every
/// figure with a check of the verdicts. docs/benchmarks.md tells how to read it.
/// </summary>
internal sealed class DataPathCommand(DataPathOptions options, string folder)
{
    public const string Name = "data-path";

    private readonly Dictionary<string, TrafficFiles> _traffic = [];

    /// <summary>Runs the command.</summary>
    /// <returns>0; 1 where a run failed its check or did not come about; 2 where the input cannot be used.</returns>
    public static async Task<int> RunAsync(DataPathOptions options)
    {
        string folder = Directory.CreateTempSubdirectory("npn-data-path-").FullName;
        try
        {
            return await new DataPathCommand(options, folder).RunAsync().ConfigureAwait(false);
        }
        catch (UnusableInputException problem)
        {
            Say(problem.Message);
            return 2;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<int> RunAsync()
    {
        DpdkArguments.UseHugepages = options.Hugepages;
        MeasurementPlan plan = MeasurementPlan.Of(options);
        ContestantFactory factory = new(options, folder);
        Say("compiling the peers");
        await factory.CompileAsync().ConfigureAwait(false);
        await MeasureAsync(plan, factory).ConfigureAwait(false);
        StallResult? stall = options.StallSeconds > 0 ? await StallAsync(plan, factory).ConfigureAwait(false) : null;
        string text = ReportText.Of(plan, stall);
        await Console.Out.WriteLineAsync(text).ConfigureAwait(false);
        if (options.Json.Length > 0)
        {
            await File.WriteAllTextAsync(options.Json, ReportJson.Of(plan, stall)).ConfigureAwait(false);
        }

        if (options.Figure.Length > 0)
        {
            await File.WriteAllTextAsync(options.Figure, ScalingFigure.Of(plan)).ConfigureAwait(false);
        }

        return plan.Entrants.All(entrant => entrant.HasFigures) ? 0 : 1;
    }

    private async Task MeasureAsync(MeasurementPlan plan, ContestantFactory factory)
    {
        InterleavedRun run = new(plan, factory, Say);
        await using (run.ConfigureAwait(false))
        {
            Say(string.Create(CultureInfo.InvariantCulture, $"making traffic and starting {plan.Entrants.Count} contestants"));
            await run.StartAsync(TrafficOf).ConfigureAwait(false);
            for (int round = 1; round <= options.Rounds; round++)
            {
                Say(string.Create(CultureInfo.InvariantCulture, $"round {round} of {options.Rounds}"));
                await run.RoundAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<StallResult?> StallAsync(MeasurementPlan plan, ContestantFactory factory)
    {
        Say(string.Create(CultureInfo.InvariantCulture, $"{options.StallSeconds} s under churn"));
        try
        {
            return await new StallRun(factory, options).RunAsync(plan.Base, TrafficOf(plan.Base)).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is InvalidOperationException or IOException)
        {
            Say(problem.Message);
            return null;
        }
    }

    private TrafficFiles TrafficOf(Workload workload)
    {
        if (!_traffic.TryGetValue(workload.Key, out TrafficFiles? files))
        {
            files = workload.Kind == WorkloadKind.Given
                ? GivenTraffic.Write(options, folder)
                : TrafficWriter.Write(workload, folder);
            _traffic.Add(workload.Key, files);
        }

        return files;
    }

    private static void Say(string what) => Console.Error.WriteLine(what);
}
