using System.Collections.Immutable;
using System.Globalization;
using Dpdk.Eal;
using Dpdk.Ethdev;
using Dpdk.Mbuf;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Switching;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Hosting;

/// <summary>
/// EAL, ports, NIC rules and the fallback's poll loop of a running agent. Until the first <see cref="Apply"/> nothing passes.
/// </summary>
internal sealed class DataPlane : IDisposable
{
    private const uint PacketsPerPool = 16383;

    private readonly DpdkEal _eal;
    private readonly ImmutableArray<EthPort> _ports;
    private readonly ImmutableArray<FlowReconciler> _reconcilers;
    private readonly FallbackDataPath _fallback;
    private readonly NicCapabilities _nic;
    private readonly PlanOptions _planOptions;

    /// <summary>Starts EAL, opens and starts every port, and starts the poll loop.</summary>
    public DataPlane(AgentOptions options, NicCapabilities nic)
    {
        _nic = nic;
        bool keep = options.Established == "keep";
        _planOptions = new PlanOptions { KeepEstablished = keep };
        _eal = AgentEal.Start(options.Emulate, drivers => new EalOptions
        {
            ProgramName = "netpolnic",
            FilePrefix = options.FilePrefix,
            InMemory = true,
            MemoryMiB = options.MemoryMiB,
            NoPci = !UsesPci(options),
            Lcores = [options.Lcore],
            DriverPaths = drivers,
            LogLevel = "*:warning",
        });
        Mempool pool = _eal.CreatePktMbufPool("netpolnic", PacketsPerPool);
        List<SwitchPort> switchPorts = [];
        List<FlowReconciler> reconcilers = [];
        List<EthPort> ports = [];
        foreach ((string device, PortRole role, bool reflect) in DevicesOf(options))
        {
            EthPort port = Open(device, ports.Count, options.Emulate);
            port.Configure(new EthPortOptions(), pool);
            port.SetPromiscuous(true);
            port.Start();
            ports.Add(port);
            switchPorts.Add(new SwitchPort(port, role, reflect));
            reconcilers.Add(new FlowReconciler(new EthPortFlowTable(port.Flow)));
        }

        _ports = [.. ports];
        _nic = ports.Aggregate(_nic, (narrowed, port) => NicProber.Probe(narrowed, port.Flow.Validate).Narrowed);
        _reconcilers = [.. reconcilers];
        FallbackOptions fallbackOptions = new()
        {
            ConnectionCapacity = options.Connections,
            Cpu = options.Lcore,
            Established = keep ? EstablishedMode.Keep : EstablishedMode.Cut,
        };
        _fallback = new FallbackDataPath(fallbackOptions, pool, switchPorts);
        _fallback.Start();
    }

    /// <summary>Ports by device name, for messages.</summary>
    public IEnumerable<EthPort> Ports => _ports;

    /// <summary>Plans a policy and puts it in force on every port.</summary>
    /// <returns>The plan, and what each port's NIC answered.</returns>
    public (OffloadPlan Plan, ImmutableArray<ApplyReport> Reports) Apply(PolicySnapshot snapshot)
    {
        OffloadPlan plan = OffloadPlanner.Plan(snapshot, _nic, _planOptions);
        return (plan, PolicyUpdate.Run(plan, snapshot, _reconcilers, _fallback));
    }

    /// <summary>Stops the loop, then removes the rules and closes the ports: nothing passes un-enforced in between.</summary>
    public void Dispose()
    {
        _fallback.Stop();
        foreach (FlowReconciler reconciler in _reconcilers)
        {
            reconciler.Clear();
        }

        _fallback.Dispose();
        foreach (EthPort port in _ports)
        {
            port.Stop();
            port.Close();
        }

        _eal.Dispose();
    }

    private static IEnumerable<(string Device, PortRole Role, bool Reflect)> DevicesOf(AgentOptions options) =>
    [
        (options.Uplink ?? "", PortRole.Uplink, false),
        .. options.PodPorts.Select(device => (device, PortRole.Pod, false)),
        .. options.ReflectPorts.Select(device => (device, PortRole.Pod, true)),
    ];

    private static bool UsesPci(AgentOptions options) =>
        DevicesOf(options).Any(device => !device.Device.StartsWith("net_", StringComparison.Ordinal));

    private EthPort Open(string device, int index, bool emulate)
    {
        int comma = device.IndexOf(',', StringComparison.Ordinal);
        string name = comma < 0 ? device : device[..comma];
        string arguments = comma < 0 ? "" : device[(comma + 1)..];
        EthPort port = _eal.FindPort(name) ?? _eal.AttachVdev(name, arguments);
        return emulate
            ? _eal.AttachVdev(
                string.Create(CultureInfo.InvariantCulture, $"net_emunic{index}"), $"backend={name},{_nic.ToEmunicArgs()}")
            : port;
    }
}
