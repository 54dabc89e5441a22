using System.Collections.Immutable;
using System.Globalization;
using Dpdk.Eal;
using Dpdk.Ethdev;
using Dpdk.Mbuf;
using NetPolNic.Agent.Hosting;
using NetPolNic.Agent.Matrix;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Switching;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Emulation;

/// <summary>
/// A node without hardware: real DPDK ports of the emulated NIC (an uplink, and one that carries all local pods), the real
/// planner, reconciler and fallback between them. Frames go in and come out by the ports' rings. Single-threaded.
/// </summary>
internal sealed unsafe class EmulatedNode : IDisposable
{
    private const int MaxIdlePolls = 3;
    private const int MaxPolls = 10_000;
    private static int s_count;

    private readonly DpdkEal _eal;
    private readonly Mempool _pool;
    private readonly Side[] _sides;
    private readonly FallbackDataPath _fallback;
    private readonly IncrementalPlanner _planner;
    private PlanUpdate _update = PlanUpdate.Of(OffloadPlan.Empty);

    /// <summary>Creates the ports, programs nothing yet: until <see cref="Apply"/> no frame passes.</summary>
    /// <param name="nic">What the emulated NIC can do, and what is compiled for.</param>
    /// <param name="keepEstablished">Connections that a new policy forbids live on (SEMANTICS b15).</param>
    /// <param name="quirk">A quirk of the emulated NIC (its README), or null.</param>
    /// <param name="emulated">What the emulated NIC really does, where <paramref name="nic"/> does not know it all.</param>
    /// <param name="guardsSources">A pod has one MAC address and one port (<see cref="FallbackOptions.GuardsSources"/>).</param>
    /// <param name="device">Further arguments of the emulated NIC, or null.</param>
    public EmulatedNode(
        NicCapabilities nic,
        bool keepEstablished = false,
        string? quirk = null,
        NicCapabilities? emulated = null,
        bool guardsSources = true,
        string? device = null)
    {
        _planner = new IncrementalPlanner(nic, new PlanOptions { KeepEstablished = keepEstablished });
        _eal = EmulatedEal.Instance;
        int id = Interlocked.Increment(ref s_count);
        _pool = EmulatedEal.Pool;
        string arguments = (emulated ?? nic).ToEmunicArgs() + (quirk is null ? "" : $",quirk={quirk}") +
            (device is null ? "" : $",{device}");
        _sides = [Open("up", id, arguments), Open("pods", id, arguments)];
        FallbackOptions options = new()
        {
            ConnectionCapacity = 1024,
            Library = FastPath.Library,
            GuardsSources = guardsSources,
            Established = keepEstablished ? EstablishedMode.Keep : EstablishedMode.Cut,
        };
        SwitchPort[] ports =
        [
            new(_sides[(int)EmulatedPort.Uplink].Port, PortRole.Uplink, Reflect: true),
            new(_sides[(int)EmulatedPort.Pods].Port, PortRole.Pod, Reflect: true),
        ];
        _fallback = new FallbackDataPath(options, _pool, ports);
    }

    /// <summary>The plan in force.</summary>
    public OffloadPlan Plan => _update.Plan;

    /// <summary>What the last <see cref="Apply"/> met, for the pods' port.</summary>
    public ApplyReport? LastReport { get; private set; }

    /// <summary>The reconciler of a port: its realized rules and their counters.</summary>
    public FlowReconciler ReconcilerOf(EmulatedPort port) => _sides[(int)port].Reconciler;

    /// <summary>Counters of the fallback so far.</summary>
    public FallbackCounters Counters => _fallback.ReadCounters();

    /// <summary>Plans a policy and puts it in force, by the steps of a running agent.</summary>
    /// <param name="snapshot">Resolved policy.</param>
    /// <param name="between">Called before and after each step, for tests with packets in flight.</param>
    public void Apply(PolicySnapshot snapshot, Action? between = null)
    {
        (_update, ImmutableArray<ApplyReport> reports) = PolicyUpdate.Apply(
            _planner, snapshot, [.. _sides.Select(side => side.Reconciler)], _fallback, between);
        LastReport = reports[(int)EmulatedPort.Pods];
    }

    /// <summary>Packets that each rule has matched, over both ports; rules without a count action are missing.</summary>
    public IReadOnlyDictionary<RuleKey, ulong> HitsByRule()
    {
        Dictionary<RuleKey, ulong> hits = [];
        foreach (RuleCounters counters in _sides.SelectMany(side => side.Reconciler.ReadCounters()))
        {
            if (counters.Counters is { } counted)
            {
                hits[counters.Rule.Key] = hits.GetValueOrDefault(counters.Rule.Key) + counted.Hits;
            }
        }

        return hits;
    }

    /// <summary>Forgets every connection and fragment.</summary>
    public void ForgetConnections() => _fallback.ForgetConnections();

    /// <summary>Sends one frame into a port and waits until it came out or was dropped.</summary>
    public SendResult Send(EmulatedPort port, ReadOnlySpan<byte> frame)
    {
        Side side = _sides[(int)port];
        ulong nicDrops = side.NicDrops();
        ulong marked = side.NicMarks();
        Inject(side, frame);
        RunUntilIdle();
        ImmutableArray<EmulatedPort>.Builder delivered = ImmutableArray.CreateBuilder<EmulatedPort>();
        for (int i = 0; i < _sides.Length; i++)
        {
            if (_sides[i].Drain() > 0)
            {
                delivered.Add((EmulatedPort)i);
            }
        }

        bool dropped = delivered.Count == 0;
        VerdictPlace place = side.NicDrops() != nicDrops
            ? VerdictPlace.NicDrop
            : dropped
                ? VerdictPlace.FallbackDrop
                : side.NicMarks() != marked ? VerdictPlace.NicPass : VerdictPlace.FallbackPass;
        return new SendResult(place, delivered.ToImmutable());
    }

    public void Dispose()
    {
        foreach (Side side in _sides)
        {
            side.Reconciler.Clear();
        }

        _fallback.Dispose();
        foreach (Side side in _sides)
        {
            side.Drain();
            side.Port.Stop();
            side.Port.Close();
            _eal.DetachVdev(side.DeviceName);
        }
    }

    private Side Open(string role, int id, string arguments)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"net_emunic_{role}{id}");
        EthPort port = _eal.AttachVdev(name, arguments);
        port.Configure(new EthPortOptions(), _pool);
        FlowTables.TryConfigure(port);
        port.Start();
        return new Side(
            name,
            port,
            _eal.FindRing($"{name}_in") ?? throw new InvalidOperationException($"{name} has no input ring"),
            _eal.FindRing($"{name}_out") ?? throw new InvalidOperationException($"{name} has no output ring"),
            new FlowReconciler(FlowTables.Open(port)));
    }

    private void Inject(Side side, ReadOnlySpan<byte> frame)
    {
        Mbuf* mbuf = _pool.Alloc();
        if (mbuf == null)
        {
            throw new InvalidOperationException("the packet pool of the emulated node is empty");
        }

        if (!mbuf->TryWrite(frame) || !side.In.Enqueue(mbuf))
        {
            Mempool.Free(mbuf);
            throw new InvalidOperationException("the frame is too long, or the input ring of the emulated node is full");
        }
    }

    private void RunUntilIdle()
    {
        int idle = 0;
        for (int polls = 0; idle < MaxIdlePolls && polls < MaxPolls; polls++)
        {
            idle = _fallback.PollOnce() == 0 ? idle + 1 : 0;
        }
    }

    private sealed class Side(string deviceName, EthPort port, RteRing input, RteRing output, FlowReconciler reconciler)
    {
        private const int DrainBurst = 32;

        public string DeviceName { get; } = deviceName;

        public EthPort Port { get; } = port;

        public RteRing In { get; } = input;

        public FlowReconciler Reconciler { get; } = reconciler;

        public ulong NicDrops() => Port.ReadXstats()["emunic_rx_dropped_by_rule"];

        public ulong NicMarks() => Port.ReadXstats()["emunic_rx_marked"];

        /// <summary>Takes and frees what came out; returns how many frames.</summary>
        public int Drain()
        {
            void** burst = stackalloc void*[DrainBurst];
            int total = 0;
            uint count;
            while ((count = output.DequeueBurst(burst, DrainBurst)) > 0)
            {
                for (uint i = 0; i < count; i++)
                {
                    Mempool.Free((Mbuf*)burst[i]);
                }

                total += (int)count;
            }

            return total;
        }
    }
}
