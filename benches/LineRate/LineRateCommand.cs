using System.Globalization;
using System.Runtime.InteropServices;
using Dpdk.Eal;

namespace NetPolNic.Benches.LineRate;

/// <summary>
/// <c>line-rate</c>: the agent between two vhost-user ports of a generator, against a plain testpmd in its place. Throughput
/// without loss by frame size (RFC 2544), latency at that rate, and the same while the policy is edited all the time.
/// </summary>
internal static class LineRateCommand
{
    internal const string Name = "line-rate";

    private const string Testpmd = "testpmd io";
    private const string Agent = "NetPolNic";

    internal static int Run(LineRateOptions options)
    {
        string folder = Directory.CreateTempSubdirectory("npn-line-rate-").FullName;
        try
        {
            using Generator generator = new(folder, options.GeneratorCpu, options.Flows);
            PolicyFolder policy = new(Path.Combine(folder, "manifests"));
            Dictionary<(string Device, int Size), List<TrialResult?>> results = [];
            string churned = string.Create(CultureInfo.InvariantCulture, $"{Agent}, {options.ChurnPerSec} edits/s");
            for (int round = 0; round < options.Rounds; round++)
            {
                using (Device device = Device.Agent(AgentPath(), folder, policy.Path, generator.Paths, options.DeviceCpu))
                {
                    device.WaitUntilReady(generator);
                    Measure(Agent, generator, options, results);
                    using Timer churn = new(_ => policy.Edit(), null, 0, Math.Max(1, 1000 / Math.Max(1, options.ChurnPerSec)));
                    Measure(churned, generator, options, results);
                }

                using Device peer = Device.Testpmd(folder, generator.Paths, options.DeviceCpu);
                peer.WaitUntilReady(generator);
                Measure(Testpmd, generator, options, results);
            }

            LineRateRow[] rows =
            [
                .. from size in options.Sizes
                   from device in (string[])[Agent, churned, Testpmd]
                   select LineRateRow.Of(device, size, results[(device, size)]),
            ];
            string text = Heading(options) + LineRateReport.Table(rows, Testpmd);
            Console.WriteLine(text);
            if (options.Docs is { } docs)
            {
                LineRateReport.WriteTo(docs, text, LineRateReport.Chart(rows));
            }

            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Measure(
        string device,
        Generator generator,
        LineRateOptions options,
        Dictionary<(string Device, int Size), List<TrialResult?>> results)
    {
        generator.WarmUp();
        foreach (int size in options.Sizes)
        {
            TrialResult? best = ThroughputSearch.Run(generator, options, size);
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{device,-24} {LineRateOptions.NameOf(size),5}  {(best?.OfferedPps ?? 0) / 1e6:0.000} Mpps"));
            (results.TryGetValue((device, size), out List<TrialResult?>? all) ? all : results[(device, size)] = []).Add(best);
        }
    }

    private static string Heading(LineRateOptions options) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        {CpuName()}, {Environment.ProcessorCount} CPUs, {RuntimeInformation.OSDescription}, {DpdkEal.Version}, .NET {Environment.Version}; {DateTimeOffset.UtcNow:yyyy-MM-dd}, load average {LoadAverage()} at the end.
        `dotnet run -c Release --project benches -- {string.Join(' ', Environment.GetCommandLineArgs().Skip(1))}`: {options.Flows} UDP connections in both directions between two vhost-user ports, device on CPU
        {options.DeviceCpu}, generator (rate, stamps, counters) on CPU {options.GeneratorCpu}; {options.Rounds} rounds, trials of {options.TrialSec} s, at most {options.LossPpm} frames lost in a million. 1 001 blocks in the policy.

        What two CPUs allow: one for the device and one for the generator, which sends, receives and stamps by virtio copies, so neither has a spare
        and whatever else runs is loss. The figures compare devices on this machine; they are no port's line rate, and no NIC takes rules here.


        """);

    private static string LoadAverage() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    private static string CpuName() => File.ReadLines("/proc/cpuinfo")
        .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown CPU";

    private static string AgentPath()
    {
        string path = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../NetPolNic.Agent/release/netpolnic"));
        return File.Exists(path) ? path : throw new InvalidOperationException($"there is no agent at {path}");
    }
}
