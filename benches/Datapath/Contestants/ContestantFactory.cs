using System.Globalization;
using NetPolNic.Benches.Datapath.Loop;
using NetPolNic.Benches.Datapath.Traffic;

namespace NetPolNic.Benches.Datapath.Contestants;

/// <summary>Compiles what is compiled for the machine at hand, and starts contestants.</summary>
internal sealed class ContestantFactory(DataPathOptions options, string folder)
{
    private const int AclBytesPerRule = 3000;
    private const int MiB = 1 << 20;

    private int _started;

    private string Composed => Path.Combine(folder, "composed");

    private string Blast => Path.Combine(folder, "blast");

    private string Paced => Path.Combine(folder, "paced.so");

    /// <summary>Compiles the peers in C.</summary>
    public async Task CompileAsync()
    {
        string sources = Path.Combine(AppContext.BaseDirectory, "Datapath", "peers");
        string flags = await ChildProcess.RunAsync("pkg-config", ["--cflags", "--libs", "libdpdk"]).ConfigureAwait(false);
        string[] words = flags.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string[] optimise = ["-O3", "-march=native"];
        await ChildProcess.RunAsync(
            "gcc", [.. optimise, "-o", Composed, Path.Combine(sources, "composed.c"), .. words]).ConfigureAwait(false);
        await ChildProcess.RunAsync(
            "gcc", [.. optimise, "-o", Blast, Path.Combine(sources, "blast.c"), "-lpthread"]).ConfigureAwait(false);
        await ChildProcess.RunAsync(
            "gcc", [.. optimise, "-shared", "-fPIC", "-o", Paced, Path.Combine(sources, "paced.c"), .. words]).ConfigureAwait(false);
    }

    /// <summary>Starts a contestant; it forwards when this completes.</summary>
    public async Task<IContestant> StartAsync(ContestantKind kind, Workload workload, TrafficFiles traffic) => options.IsFed
        ? await FedContestant.StartAsync(
            traffic, folder, NewPrefix(), options.Cpu, ports => StartOnAsync(kind, workload, ports)).ConfigureAwait(false)
        : await StartOnAsync(kind, workload, traffic).ConfigureAwait(false);

    private string NewPrefix() =>
        string.Create(CultureInfo.InvariantCulture, $"npn-bench-{Environment.ProcessId}-{++_started}");

    private async Task<IContestant> StartOnAsync(ContestantKind kind, Workload workload, TrafficFiles traffic)
    {
        string prefix = NewPrefix();
        return kind switch
        {
            ContestantKind.NetPolNic => await StartLoopAsync(workload, traffic, isPaced: false).ConfigureAwait(false),
            ContestantKind.Composed => await StartComposedAsync(workload, traffic, "conn", prefix).ConfigureAwait(false),
            ContestantKind.AclOnly => await StartComposedAsync(workload, traffic, "acl", prefix).ConfigureAwait(false),
            ContestantKind.TestpmdIo => await TestpmdContestant.StartAsync(traffic, "io", prefix, options.Cpu).ConfigureAwait(false),
            ContestantKind.TestpmdMacSwap =>
                await TestpmdContestant.StartAsync(traffic, "macswap", prefix, options.Cpu).ConfigureAwait(false),
            ContestantKind.TestpmdFiveTupleSwap =>
                await TestpmdContestant.StartAsync(traffic, "5tswap", prefix, options.Cpu).ConfigureAwait(false),
            ContestantKind.OvsDpdk => await OvsContestant.StartAsync(traffic, folder, prefix, options.Cpu).ConfigureAwait(false),
            _ => await KernelContestant.StartAsync(
                traffic, Blast, folder, prefix, options.Cpu, filters: kind == ContestantKind.NfTables).ConfigureAwait(false),
        };
    }

    /// <summary>Starts the fallback's loop.</summary>
    public Task<LineContestant> StartLoopAsync(Workload workload, TrafficFiles traffic, bool isPaced)
    {
        LoopOptions loop = new()
        {
            Traffic = traffic,
            Rules = workload.Rules,
            Family = workload.Family,
            Connections = workload.ConnectionCapacity,
            Cpu = options.Cpu,
            Hugepages = options.Hugepages,
            IsNative = options.IsNative,
            PacedLibrary = isPaced ? Paced : "",
            Manifests = options.Manifests,
            Node = options.Node,
        };
        return LineContestant.StartAsync(
            Environment.ProcessPath!, loop.ToWords().Prepend(LoopCommand.Name), "dpdk-net");
    }

    private Task<LineContestant> StartComposedAsync(Workload workload, TrafficFiles traffic, string mode, string prefix)
    {
        int keyBytes = workload.Family == Policy.Model.IpFamily.V4 ? 32 : 64;
        int tablesMiB = 160 + (int)((long)workload.ConnectionCapacity * (keyBytes + 48) / MiB) +
            (int)((long)workload.Rules * 2 * AclBytesPerRule / MiB);
        string[] arguments =
        [
            .. DpdkArguments.ToWords(traffic, prefix, options.Cpu, tablesMiB), "--", traffic.RulesFile!,
            workload.ConnectionCapacity.ToString(CultureInfo.InvariantCulture),
            ((int)workload.Family).ToString(CultureInfo.InvariantCulture), mode,
            DpdkArguments.Mbufs(traffic).ToString(CultureInfo.InvariantCulture),
            DpdkArguments.DataRoom(traffic).ToString(CultureInfo.InvariantCulture),
        ];
        return LineContestant.StartAsync(Composed, arguments, prefix);
    }
}
