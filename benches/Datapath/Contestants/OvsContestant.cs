using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using NetPolNic.Agent.Emulation;
using NetPolNic.Benches.Datapath.Traffic;

namespace NetPolNic.Benches.Datapath.Contestants;

/// <summary>
/// OVS-DPDK with conntrack, from Debian's packages: daemons of its own with sockets and database in a folder of its own, in a
/// network namespace of its own. Established packets pass, new ones by one flow per rule.
/// </summary>
internal sealed partial class OvsContestant : IContestant
{
    private const string Switch = "/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk";
    private const string Schema = "/usr/share/openvswitch/vswitch.ovsschema";
    private const string Bridge = "npn";

    private readonly string _folder;
    private readonly string _name;
    private readonly Dictionary<string, string> _environment;
    private ChildProcess? _database;
    private ChildProcess? _switch;

    private OvsContestant(string folder, string name)
    {
        _folder = folder;
        _name = name;
        _environment = new() { ["OVS_RUNDIR"] = folder, ["OVS_LOGDIR"] = folder, ["OVS_DBDIR"] = folder };
    }

    /// <summary>Whether the packages are installed.</summary>
    public static bool IsInstalled => File.Exists(Switch) && File.Exists(Schema);

    public int ProcessId => _switch!.Id;

    private string Database => $"unix:{_folder}/db.sock";

    private string Control => $"{_folder}/switch.ctl";

    /// <summary>Starts the daemons and makes the bridge.</summary>
    public static async Task<OvsContestant> StartAsync(TrafficFiles traffic, string folder, string name, int cpu)
    {
        OvsContestant contestant = new(Directory.CreateDirectory(Path.Combine(folder, name)).FullName, name);
        try
        {
            await contestant.StartDaemonsAsync(traffic, cpu).ConfigureAwait(false);
            await contestant.MakeBridgeAsync(traffic).ConfigureAwait(false);
            return contestant;
        }
        catch
        {
            await contestant.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task<Reading> ReadAsync()
    {
        string text = await RunAsync("ovs-appctl", ["-t", Control, "dpctl/show", "-s"]).ConfigureAwait(false);
        long ns = (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));
        ulong rx = 0;
        ulong tx = 0;
        foreach (Match port in DpdkPort().Matches(text))
        {
            rx += ulong.Parse(port.Groups[1].Value, CultureInfo.InvariantCulture);
            tx += ulong.Parse(port.Groups[2].Value, CultureInfo.InvariantCulture);
        }

        return new Reading(ns, rx, rx - Math.Min(rx, tx));
    }

    public void Hold() => _switch!.Hold();

    public void Resume() => _switch!.Resume();

    public async ValueTask DisposeAsync()
    {
        foreach (ChildProcess process in new[] { _switch, _database }.OfType<ChildProcess>())
        {
            process.Resume();
            process.Terminate();
            await process.DisposeAsync().ConfigureAwait(false);
        }

        await NetworkNamespace.RemoveAsync(_name).ConfigureAwait(false);
        EalRuntimeFolder.Remove(_name);
    }

    [GeneratedRegex(@"\(dpdk:.*\n\s+RX packets:(\d+).*\n\s+TX packets:(\d+)")]
    private static partial Regex DpdkPort();

    private async Task StartDaemonsAsync(TrafficFiles traffic, int cpu)
    {
        await NetworkNamespace.AddAsync(_name).ConfigureAwait(false);
        string file = Path.Combine(_folder, "conf.db");
        await RunAsync("ovsdb-tool", ["create", file, Schema]).ConfigureAwait(false);
        _database = ChildProcess.Start(
            "ovsdb-server", [$"--remote=p{Database}", $"--unixctl={_folder}/db.ctl", "--no-chdir", file], _environment);
        await UntilAsync(() => File.Exists($"{_folder}/db.sock")).ConfigureAwait(false);
        await ConfigureAsync("--no-wait", "init").ConfigureAwait(false);

        // OVS asks for --in-memory by itself, which excludes --no-huge, unless memory is of the legacy kind. Its buffers are
        // of a size of its own, and at least 16 k of them.
        int memoryMiB = 1200 + (int)((long)traffic.Frames * 3200 >> 20);
        string pages = DpdkArguments.UseHugepages ? "" : "--no-huge --no-shconf --legacy-mem";
        string extra = string.Create(
            CultureInfo.InvariantCulture,
            $"--no-pci {pages} --no-telemetry -m {memoryMiB} --file-prefix={_name} --log-level=*:error -l {(cpu == 0 ? 1 : 0)}");
        await ConfigureAsync(
            "--no-wait", "set", "Open_vSwitch", ".", "other_config:dpdk-init=true",
            string.Create(CultureInfo.InvariantCulture, $"other_config:pmd-cpu-mask=0x{1L << cpu:x}"),
            $"other_config:dpdk-extra=\"{extra}\"").ConfigureAwait(false);
        _switch = ChildProcess.Start(
            "ip",
            ["netns", "exec", _name, Switch, Database, $"--unixctl={Control}", "--no-chdir", $"--pidfile={_folder}/switch.pid", $"--log-file={_folder}/switch.log"],
            _environment);
        await UntilAsync(() => File.Exists(Control)).ConfigureAwait(false);
    }

    private async Task MakeBridgeAsync(TrafficFiles traffic)
    {
        await ConfigureAsync(
            "add-br", Bridge, "--", "set", "bridge", Bridge, "datapath_type=netdev", "fail_mode=secure").ConfigureAwait(false);
        string flows = Path.Combine(_folder, "flows");
        await File.WriteAllLinesAsync(flows, FlowsOf(traffic.RulesFile!)).ConfigureAwait(false);
        await RunAsync("ovs-ofctl", ["add-flows", $"unix:{_folder}/{Bridge}.mgmt", flows]).ConfigureAwait(false);
        string[] vdevs = DpdkArguments.Vdevs(traffic);
        for (int i = 0; i < vdevs.Length; i++)
        {
            await ConfigureAsync(
                "add-port", Bridge, $"p{i}", "--", "set", "Interface", $"p{i}", "type=dpdk",
                $"options:dpdk-devargs=\"{vdevs[i]}\"", $"ofport_request={i + 1}").ConfigureAwait(false);
        }
    }

    private static IEnumerable<string> FlowsOf(string rulesFile)
    {
        yield return "table=0,priority=10,ip,ct_state=-trk,actions=ct(table=1)";
        yield return "table=1,priority=20,ip,ct_state=+trk+est,in_port=1,actions=output:2";
        yield return "table=1,priority=20,ip,ct_state=+trk+est,in_port=2,actions=output:1";
        foreach (PolicyLine line in PolicyLine.Read(rulesFile))
        {
            (int from, int to) = line.IsIngress ? (1, 2) : (2, 1);
            foreach ((int value, int mask) in PortMasks.Of(line.First, line.Last))
            {
                yield return FormattableString.Invariant(
                    $"table=1,priority=10,tcp,ct_state=+trk+new,in_port={from},nw_src={line.Src},nw_dst={line.Dst},tp_dst=0x{value:x}/0x{mask:x},actions=ct(commit),output:{to}");
            }
        }
    }

    private Task<string> ConfigureAsync(params string[] words) =>
        RunAsync("ovs-vsctl", [$"--db={Database}", "--timeout=30", .. words]);

    private Task<string> RunAsync(string file, IEnumerable<string> words) => ChildProcess.RunAsync(file, words, 60, _environment);

    private static async Task UntilAsync(Func<bool> isThere)
    {
        for (int i = 0; i < 150 && !isThere(); i++)
        {
            await Task.Delay(100).ConfigureAwait(false);
        }

        if (!isThere())
        {
            throw new InvalidOperationException("a daemon of OVS did not come up in 15 s");
        }
    }
}
