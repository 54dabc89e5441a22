using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Worker;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Decision;

/// <summary>
/// Decides packets by policy and connection state; knows no ports. One worker's own: no call may overlap another.
/// </summary>
[HotPath]
public sealed unsafe partial class PolicyEngine : IDisposable
{
    private readonly NativeBlock<EngineState> _state = new(1);
    private readonly ConnectionMemory _connections;
    private readonly NativeBlock<FragmentEntry> _fragments;
    private readonly NativeBlock<WorkerCounterBlock> _counters;
    private readonly DeniedRing _denied;
    private readonly SnapshotPublisher _publisher;
    private readonly bool _ownsPublisher;
    private readonly WorkerEpoch _epoch;

    /// <summary>An engine with a publisher of its own.</summary>
    public PolicyEngine(FallbackOptions options)
        : this(options, new SnapshotPublisher())
    {
        _ownsPublisher = true;
    }

    internal PolicyEngine(FallbackOptions options, SnapshotPublisher publisher)
    {
        _counters = new NativeBlock<WorkerCounterBlock>(1);
        _denied = new DeniedRing(options.DeniedRingEntries);
        _connections = new ConnectionMemory(options.ConnectionCapacity, options.ConnectionsPerPod);
        _fragments = new NativeBlock<FragmentEntry>(FragmentTable.EntriesFor(options.FragmentCapacity));
        EngineState* state = _state.Pointer;
        state->Counters = _counters.Pointer;
        state->Connections = _connections.NewTable(NewSeed(), _counters.Pointer);
        state->Fragments = new FragmentTable(_fragments.Pointer, _fragments.Length, NewSeed(), _counters.Pointer);
        state->Timeouts = new TimeoutTable(options.Timeouts);
        state->KeepsEstablished = options.Established == EstablishedMode.Keep;

        // Half of the slots are free at least.
        state->SweepSlots = 2L * options.SweepSlotsPerMs;
        _publisher = publisher;
        _epoch = publisher.Register();
    }

    /// <summary>Connections and tombstones now; exact on the engine's own thread.</summary>
    public int ConnectionCount => _state.Pointer->Connections.Count;

    /// <summary>Connections and tombstones that fit.</summary>
    public int ConnectionCapacity => _connections.Capacity;

    internal WorkerCounterBlock* Counters => _counters.Pointer;

    internal DeniedRing Denied => _denied;

    internal WorkerEpoch Epoch => _epoch;

    /// <summary>Snapshot of the current burst; null before the first one is published.</summary>
    internal ClassifierTables* Tables => _state.Pointer->Tables;

    /// <summary>What the static entry points work on; as long as the engine lives.</summary>
    internal EngineState* State => _state.Pointer;

    /// <summary>Puts a snapshot in force from the next packet on. Control thread.</summary>
    public void Publish(PolicySnapshot snapshot) => _publisher.Publish(snapshot);

    /// <summary>Decides one frame: begins a burst, decides, ends it. Allocates nothing.</summary>
    /// <param name="frame">First byte of the destination MAC.</param>
    /// <param name="length">Bytes that may be read.</param>
    /// <param name="context">Clock and hint.</param>
    public PacketDecision Decide(byte* frame, int length, in PacketContext context)
    {
        _epoch.Enter();
        BeginBurst(context.NowMs);
        PacketParser.Parse(frame, length, out ParsedPacket packet);
        PacketDecision decision = Decide(packet, context);
        EndBurst();
        _epoch.Exit();
        return decision;
    }

    /// <summary>Counters so far. Any thread.</summary>
    public FallbackCounters ReadCounters() => FallbackCounters.Read(_counters.Pointer);

    /// <summary>The last denied packets, oldest first. Any thread.</summary>
    public IReadOnlyList<DeniedPacket> ReadDenied() => _denied.Read();

    /// <summary>Forgets every connection and fragment. The engine's own thread.</summary>
    public void ForgetConnections()
    {
        _connections.Clear();
        _state.Pointer->Connections.Reset();
        _fragments.Clear();
    }

    public void Dispose()
    {
        _publisher.Unregister(_epoch);
        if (_ownsPublisher)
        {
            _publisher.Dispose();
        }

        _connections.Dispose();
        _fragments.Dispose();
        _denied.Dispose();
        _counters.Dispose();
        _state.Dispose();
    }

    /// <summary>Takes the snapshot in force and does a bounded piece of upkeep. The epoch must be entered.</summary>
    internal void BeginBurst(long nowMs)
    {
        EngineState* state = _state.Pointer;
        state->Tables = _publisher.Current;
        if (state->Tables != null && nowMs != state->SweptMs)
        {
            ConnectionTracker.Sweep(state, nowMs);
        }
    }

    /// <summary>Enters the epoch and begins a burst, for who drives the static entry points without a worker.</summary>
    internal void EnterAlone(long nowMs)
    {
        _epoch.Enter();
        BeginBurst(nowMs);
    }

    /// <summary>Ends what <see cref="EnterAlone"/> began.</summary>
    internal void LeaveAlone()
    {
        EndBurst();
        _epoch.Exit();
    }

    internal void EndBurst() => _state.Pointer->Tables = null;

    /// <summary>Decides one parsed packet and counts the decision.</summary>
    internal PacketDecision Decide(in ParsedPacket packet, in PacketContext context)
    {
        EngineState* state = _state.Pointer;
        PacketDecision decision;
        fixed (ParsedPacket* at = &packet)
        {
            decision = DecideAlone(state, at, context.NowMs);
        }

        PacketDecider.Count(state->Counters, decision, context.IsMarked);
        Log(packet, decision, context.NowMs);
        return decision;
    }

    /// <summary>Keeps a packet that policy denied for logs.</summary>
    internal void Log(in ParsedPacket packet, in PacketDecision decision, long nowMs)
    {
        if (PacketDecider.IsByPolicy(decision.Reason))
        {
            _denied.Add(packet.Key, decision.Reason, nowMs);
        }
    }

    private static PacketDecision DecideAlone(EngineState* state, ParsedPacket* packet, long nowMs)
    {
        Unsafe.SkipInit(out ConnectionQuery query);
        bool hasConnection = PacketDecider.HasConnection(packet);
        if (hasConnection)
        {
            ConnectionQuery.Make(packet->Key, packet->L4, state->Connections.Seed, out query);
        }

        Ends ends = default;
        if (state->Tables != null)
        {
            Connection* standing = hasConnection
                ? PacketDecider.FindStanding(state, packet, &query, nowMs)
                : null;
            if (standing != null)
            {
                ConnectionTracker.Touch(state, standing, *packet, query.FromHigh, nowMs);
                return PacketDecision.Forward(DecisionKind.Established);
            }

            ends = PolicyCheck.FindEnds(state->Tables, packet->Key);
        }

        return PacketDecider.Decide(state, *packet, &query, ends, nowMs);
    }

    private static ulong NewSeed() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
}
