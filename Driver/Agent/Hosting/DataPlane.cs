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
    private readonly FallbackOptions _fallbackOptions;
    private readonly Mempool _pool;
    private readonly ImmutableArray<SwitchPort> _switchPorts;
    private readonly OperationRate _rate = new(OperationRate.DefaultPerSecond, TimeProvider.System);
    private readonly HashSet<int> _reset = [];
    private volatile FallbackDataPath _fallback;
    private FallbackDataPath? _retired;
    private PolicySnapshot? _snapshot;
    private NicCapabilities _nic;
    private readonly PlanOptions _planOptions;
    private readonly BudgetOptions _budgetOptions;
    private readonly TrafficMeter _meter = new();
    private IncrementalPlanner _planner;
    private PlanUpdate _update = PlanUpdate.Of(OffloadPlan.Empty);

    /// <summary>Starts EAL, opens and starts every port, and starts the poll loop.</summary>
    public DataPlane(AgentOptions options, NicCapabilities nic)
    {
        _nic = nic;
        PollLoopCode = options.PollLoop;
        bool keep = options.Established == "keep";
        _planOptions = new PlanOptions { KeepEstablished = keep };
        _budgetOptions = options.Budget();
        IReadOnlyList<int> cpus = options.Cpus();
        FastPathLibrary? library = options.PollLoop == "native" ? FastPath.Library : null;
        _eal = AgentEal.Start(options.NeedsEmunic, drivers => AgentEal.OptionsOf(options, drivers));
        _pool = _eal.CreatePktMbufPool("netpolnic", PacketsPerPool, dataRoom: options.DataRoomBytes);
        List<SwitchPort> switchPorts = [];
        List<FlowReconciler> reconcilers = [];
        List<EthPort> ports = [];
        List<EthPortInfo> infos = [];
        foreach ((DpdkDevice device, PortRole role, bool reflect) in DevicesOf(options))
        {
            EthPort port = Open(device, ports.Count, options.Emulate);
            port.Configure(FallbackDataPath.QueuesFor(port, cpus.Count), _pool);
            _ = options.FlowApi == "auto" && FlowTables.TryConfigure(port);
            port.WatchEvents();

            // A driver without the switch (virtio-user's backends) delivers everything, or this port hears its own frames only.
            port.TrySetPromiscuous(true);
            port.Start();
            ports.Add(port);
            infos.Add(new EthPortInfo(port.Id, port.Name, port.DriverName, role, reflect, FlowTables.NameOf(port)));
            switchPorts.Add(new SwitchPort(port, role, reflect));
            reconcilers.Add(new FlowReconciler(FlowTables.Open(port)));
        }

        _ports = [.. ports];
        _portInfos = [.. infos];
        _nic = ports.Aggregate(_nic, Narrow);
        _planner = new IncrementalPlanner(_nic, _planOptions, _budgetOptions);
        _reconcilers = [.. reconcilers];
        _switchPorts = [.. switchPorts];
        _fallbackOptions = new FallbackOptions
        {
            ConnectionCapacity = (options.Connections + cpus.Count - 1) / cpus.Count,
            Cpus = cpus,
            Library = library,
            Established = keep ? EstablishedMode.Keep : EstablishedMode.Cut,
        };
        _fallback = new FallbackDataPath(_fallbackOptions, _pool, _switchPorts);

        // A collection's threads and the rest of the agent must not take turns with a loop.
        DpdkThread.KeepOthersOff(cpus);
        _fallback.Start();
    }

    public IReadOnlyList<EthPortInfo> Ports => _portInfos;

    public OffloadPlan Plan => _update.Plan;

    public ImmutableArray<ApplyReport> Reports { get; private set; } = [];

    public int ConnectionCount => _fallback.ConnectionCount;

    public int ConnectionCapacity => _fallback.ConnectionCapacity;

    public TimeSpan SincePoll => TimeSpan.FromMilliseconds(Math.Max(0, _fallback.NowMs - _fallback.LastPollMs));

    public string PollLoopCode { get; }

    public IReadOnlyList<PollLoopStatus> Loops => _fallback.Loops;

    public WorkerState State => _fallback.State;

    public Exception? Fault => _fallback.Fault;

    public ApplyOutcome Apply(PolicySnapshot snapshot)
    {
        try
        {
            if (NeedsRepair)
            {
                RestartPorts();
            }

            long calls = Calls();
            (_update, Reports) = PolicyUpdate.Apply(_planner, snapshot, _reconcilers, _fallback);
            _nic = _planner.Capabilities;
            _snapshot = snapshot;
            _rate.Spend(Calls() - calls);
            return Outcome();
        }
        catch (Exception)
        {
            // Whatever the planner believes, the ports may be elsewhere: the next plan is made as a whole.
            _planner = new IncrementalPlanner(_nic, _planOptions, _budgetOptions);
            throw;
        }
    }

    public ApplyOutcome Retry()
    {
        // Not now: whatever is missing is punted, and the caller asks again.
        if (_rate.HasRoom)
        {
            long calls = Calls();
            Reports = [.. _reconcilers.Select(reconciler => reconciler.Retry())];
            _rate.Spend(Calls() - calls);
        }

        return Outcome();
    }

    public TableChoices Choices { get; private set; } = TableChoices.None;

    public ApplyOutcome? Rechoose(TimeSpan elapsed)
    {
        if (!_planner.WantsTraffic)
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
            long calls = Calls();
            (PlanUpdate update, ImmutableArray<ApplyReport>? reports) =
                PolicyUpdate.Rechoose(_planner, sample, _rate.HasRoom, _reconcilers);
            _update = update;
            _nic = _planner.Capabilities;
            Choices = Choices.Next(_planner.IsLimited, _planner.LastRechoice);
            if (reports is null)
            {
                return null;
            }

            Reports = reports.Value;
            _rate.Spend(Calls() - calls);
            return Outcome();
        }
        catch (Exception)
        {
            _planner = new IncrementalPlanner(_nic, _planOptions, _budgetOptions);
            throw;
        }
    }

    public bool NeedsRepair
    {
        get
        {
            for (int i = 0; i < _ports.Length; i++)
            {
                if ((_ports[i].TakeEvents() & EthPortEvents.Reset) != 0)
                {
                    _reset.Add(i);
                }
            }

            return _reset.Count > 0;
        }
    }

    public ApplyOutcome Repair()
    {
        RestartPorts();
        return _snapshot is { } snapshot ? Apply(snapshot) : Outcome();
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
        _retired?.Dispose();
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
        ProbeResult probed = NicProber.Probe(nic, spec => FlowTables.Validate(port, spec));
        return probed.Answers.Any(answer => answer.Refusal?.Reason == RejectReason.NoFlowApi) ? nic : probed.Narrowed;
    }

    /// <summary>
    /// A port may be restarted only while nobody polls it, so the fallback ends and another takes its place: with the policy
    /// in force from its first packet on, without connections, as after a restart of the agent. The old one is kept until the
    /// next time, because other threads may be reading its counters.
    /// </summary>
    private void RestartPorts()
    {
        _fallback.Stop();
        foreach (int index in _reset)
        {
            _reconcilers[index].ForgetInstalled();
            _ports[index].Stop();
            _ports[index].Start();
        }

        FallbackDataPath next = new(_fallbackOptions, _pool, _switchPorts);
        if (_snapshot is not null)
        {
            next.Publish(_snapshot);
        }

        _retired?.Dispose();
        _retired = _fallback;
        _fallback = next;
        next.Start();
        _reset.Clear();
    }

    private long Calls() => _reconcilers.Sum(reconciler => reconciler.Calls);

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
