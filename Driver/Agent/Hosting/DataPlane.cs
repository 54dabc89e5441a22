using System.Collections.Immutable;
using System.Globalization;
using Dpdk.Eal;
using Dpdk.Ethdev;
using Dpdk.Flow;
using Dpdk.Mbuf;
using NetPolNic.Agent.Commands;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Switching;
using NetPolNic.Fallback.Worker;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Planning.Budget;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Hosting;

/// <summary>
/// EAL, ports, NIC rules and the fallback's poll loop of a running agent. Until the first <see cref="Apply"/> nothing passes.
/// </summary>
internal sealed class DataPlane : IDataPlane
{
    private const uint PacketsPerPool = 16383;

    private readonly DpdkEal _eal;
    private readonly ImmutableArray<EthPort> _ports;
    private readonly ImmutableArray<EthPortInfo> _portInfos;
    private readonly ImmutableArray<FlowReconciler> _reconcilers;
    private readonly FallbackDataPath _fallback;
    private readonly NicCapabilities _nic;
    private readonly PlanOptions _planOptions;
    private readonly BudgetOptions _budgetOptions;
    private readonly TrafficMeter _meter = new();
    private IncrementalPlanner _planner;
    private PlanUpdate _update = PlanUpdate.Of(OffloadPlan.Empty);

    /// <summary>Starts EAL, opens and starts every port, and starts the poll loop.</summary>
    public DataPlane(AgentOptions options, NicCapabilities nic)
    {
        _nic = nic;
        bool keep = options.Established == "keep";
        _planOptions = new PlanOptions { KeepEstablished = keep };
        _budgetOptions = options.Budget();
        _eal = AgentEal.Start(options.Emulate, drivers => AgentEal.OptionsOf(options, drivers));
        Mempool pool = _eal.CreatePktMbufPool("netpolnic", PacketsPerPool);
        List<SwitchPort> switchPorts = [];
        List<FlowReconciler> reconcilers = [];
        List<EthPort> ports = [];
        List<EthPortInfo> infos = [];
        foreach ((DpdkDevice device, PortRole role, bool reflect) in DevicesOf(options))
        {
            EthPort port = Open(device, ports.Count, options.Emulate);
            port.Configure(new EthPortOptions(), pool);
            port.SetPromiscuous(true);
            port.Start();
            ports.Add(port);
            infos.Add(new EthPortInfo(port.Id, port.Name, port.DriverName, role, reflect));
            switchPorts.Add(new SwitchPort(port, role, reflect));
            reconcilers.Add(new FlowReconciler(new EthPortFlowTable(port.Flow)));
        }

        _ports = [.. ports];
        _portInfos = [.. infos];
        _nic = ports.Aggregate(_nic, Narrow);
        _planner = new IncrementalPlanner(_nic, _planOptions, _budgetOptions);
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

    public IReadOnlyList<EthPortInfo> Ports => _portInfos;

    public OffloadPlan Plan => _update.Plan;

    public ImmutableArray<ApplyReport> Reports { get; private set; } = [];

    public int ConnectionCount => _fallback.ConnectionCount;

    public int ConnectionCapacity => _fallback.ConnectionCapacity;

    public TimeSpan SincePoll => TimeSpan.FromMilliseconds(Math.Max(0, _fallback.NowMs - _fallback.LastPollMs));

    public WorkerState State => _fallback.State;

    public Exception? Fault => _fallback.Fault;

    public ApplyOutcome Apply(PolicySnapshot snapshot)
    {
        try
        {
            _update = _planner.Update(snapshot);
            Reports = PolicyUpdate.Run(_update, snapshot, _reconcilers, _fallback);
            return Outcome();
        }
        catch (Exception)
        {
            // Whatever the planner believes, the ports may be elsewhere: the next plan is made as a whole.
            _planner = new IncrementalPlanner(_nic, _planOptions, _budgetOptions);
            throw;
        }
    }

    public TableChoices Choices { get; private set; } = TableChoices.None;

    public ApplyOutcome? Rechoose(TimeSpan elapsed)
    {
        if (!_planner.IsLimited)
        {
            _meter.Pause();
            Choices = Choices with { IsLimited = false };
            return null;
        }

        TrafficSample? sample = _meter.Take(
            elapsed, [.. _reconcilers.Select(reconciler => reconciler.ReadCounters())], _fallback.TakeDeniedTally());
        if (sample is null)
        {
            return null;
        }

        try
        {
            _update = _planner.Rechoose(sample);
            Choices = Choices.Next(_planner.IsLimited, _planner.LastRechoice);
            if (_update.IsEmpty)
            {
                return null;
            }

            Reports = PolicyUpdate.Rechoose(_update, _reconcilers);
            return Outcome();
        }
        catch (Exception)
        {
            _planner = new IncrementalPlanner(_nic, _planOptions, _budgetOptions);
            throw;
        }
    }

    public ApplyOutcome Retry()
    {
        Reports = [.. _reconcilers.Select(reconciler => reconciler.Retry())];
        return Outcome();
    }

    public ImmutableArray<RuleCounters> ReadRuleCounters(int ethPortIndex) => _reconcilers[ethPortIndex].ReadCounters();

    public EthStats ReadEthStats(int ethPortIndex) => _ports[ethPortIndex].ReadStats();

    public FallbackCounters ReadFallback() => _fallback.ReadCounters();

    public ImmutableArray<FallbackPortCounters> ReadFallbackPorts() => _fallback.ReadPorts();

    public FallbackTrace Trace(in FallbackProbe probe) => _fallback.Trace(probe);

    public IReadOnlyList<DeniedPacket> ReadDenied() => _fallback.ReadDenied();

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

    /// <summary>A port without rte_flow takes no rule in any case; it must not keep the others from theirs.</summary>
    private static NicCapabilities Narrow(NicCapabilities nic, EthPort port)
    {
        ProbeResult probed = NicProber.Probe(nic, port.Flow.Validate);
        return probed.Answers.Any(answer => answer.Refusal?.Reason == RejectReason.NoFlowApi) ? nic : probed.Narrowed;
    }

    private ApplyOutcome Outcome() => new(_update.RuleCount, _update.PuntCount, Reports);

    private static IEnumerable<(DpdkDevice Device, PortRole Role, bool Reflect)> DevicesOf(AgentOptions options) =>
    [
        (DpdkDevice.Of(options.Uplink ?? ""), PortRole.Uplink, false),
        .. options.PodPorts.Select(device => (DpdkDevice.Of(device), PortRole.Pod, false)),
        .. options.ReflectPorts.Select(device => (DpdkDevice.Of(device), PortRole.Pod, true)),
    ];

    private EthPort Open(DpdkDevice device, int index, bool emulate)
    {
        EthPort port = _eal.FindPort(device.Name) ?? (device.IsPci
            ? throw new UnusableInputException(
                $"{device.Name}: DPDK has no port there; is the device present, bound to a driver that DPDK can use, and " +
                "its DPDK driver installed?")
            : _eal.AttachVdev(device.Name, device.Arguments));
        return emulate
            ? _eal.AttachVdev(
                string.Create(CultureInfo.InvariantCulture, $"net_emunic{index}"),
                $"backend={device.Name},{_nic.ToEmunicArgs()}")
            : port;
    }
}
