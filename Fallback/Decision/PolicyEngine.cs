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
    private readonly NativeBlock<WorkerCounterBlock>? _ownCounters;
    private readonly WorkerCounterBlock* _counters;
    private readonly DeniedRing _denied;
    private readonly DeniedTally _tally;
    private readonly SnapshotPublisher? _ownPublisher;
    private readonly WorkerEpoch _epoch;

    /// <summary>An engine with a publisher and counters of its own.</summary>
    public PolicyEngine(FallbackOptions options)
        : this(options, new SnapshotPublisher(), new NativeBlock<WorkerCounterBlock>(1))
    {
    }

    /// <summary>An engine that uses what its loop is given, and owns nothing of it.</summary>
    internal PolicyEngine(
        FallbackOptions options,
        ulong seed,
        WorkerEpoch epoch,
        WorkerCounterBlock* counters,
        DeniedRing denied,
        DeniedTally tally)
    {
        _counters = counters;
        _denied = denied;
        _tally = tally;
        _epoch = epoch;
        _connections = new ConnectionMemory(options.ConnectionCapacity, options.ConnectionsPerPod);
        _fragments = new NativeBlock<FragmentEntry>(FragmentTable.EntriesFor(options.FragmentCapacity));
        EngineState* state = _state.Pointer;
        state->Counters = counters;
        state->Connections = _connections.NewTable(seed, counters);
        state->Fragments = new FragmentTable(_fragments.Pointer, _fragments.Length, seed, counters);
        state->Timeouts = new TimeoutTable(options.Timeouts);
        state->KeepsEstablished = options.Established == EstablishedMode.Keep;

        // Half of the slots are free at least.
        state->SweepSlots = 2L * options.SweepSlotsPerMs;
    }

    private PolicyEngine(FallbackOptions options, SnapshotPublisher publisher, NativeBlock<WorkerCounterBlock> counters)
        : this(
            options,
            NewSeed(),
            publisher.Register(),
            counters.Pointer,
            DeniedRing.Create(options.DeniedRingEntries),
            DeniedTally.Create(NewSeed()))
    {
        _ownPublisher = publisher;
        _ownCounters = counters;
    }

    /// <summary>Connections and tombstones now; exact on the engine's own thread.</summary>
    public int ConnectionCount => _state.Pointer->Connections.Count;

    /// <summary>Connections and tombstones that fit.</summary>
    public int ConnectionCapacity => _connections.Capacity;

    /// <summary>Snapshot of the current burst; null before the first one is published.</summary>
    internal ClassifierTables* Tables => _state.Pointer->Tables;

    /// <summary>What the static entry points work on; as long as the engine lives.</summary>
    internal EngineState* State => _state.Pointer;

    /// <summary>Puts a snapshot in force from the next packet on. Control thread.</summary>
    /// <exception cref="InvalidOperationException">The engine follows another's publisher.</exception>
    public void Publish(PolicySnapshot snapshot) =>
        (_ownPublisher ?? throw new InvalidOperationException("the engine follows another's publisher")).Publish(snapshot);

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
    public FallbackCounters ReadCounters() => FallbackCounters.Read(_counters);

    /// <summary>The last denied packets, oldest first. Any thread.</summary>
    public IReadOnlyList<DeniedPacket> ReadDenied() => _denied.Read();

    /// <summary>The most frequent denied packets since the last call, in no order. One control thread.</summary>
    public IReadOnlyList<DeniedTallyEntry> TakeDeniedTally() => _tally.Take();

    /// <summary>Forgets every connection and fragment. The engine's own thread.</summary>
    public void ForgetConnections()
    {
        _connections.Clear();
        _state.Pointer->Connections.Reset();
        _fragments.Clear();
    }

    public void Dispose()
    {
        _connections.Dispose();
        _fragments.Dispose();
        _state.Dispose();
        if (_ownPublisher is not null)
        {
            _ownPublisher.Unregister(_epoch);
            _ownPublisher.Dispose();
            _ownCounters!.Dispose();
            _denied.Free();
            _tally.Free();
        }
    }

    /// <summary>Takes the snapshot in force and does a bounded piece of upkeep. The epoch must be entered.</summary>
    internal void BeginBurst(long nowMs)
    {
        EngineState* state = _state.Pointer;
        state->Tables = _epoch.Published->Current;
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

    /// <summary>Keeps a packet that policy denied for logs, and counts it for the choice of the NIC's rules.</summary>
    internal void Log(in ParsedPacket packet, in PacketDecision decision, long nowMs)
    {
        if (!PacketDecider.IsByPolicy(decision.Reason))
        {
            return;
        }

        if (_denied.Count(nowMs))
        {
            _denied.Add(packet.Key, decision.Reason, nowMs);
        }

        _tally.Add(packet.Key, packet.L4 == L4Kind.TcpSyn, packet.Fragment != FragmentKind.Whole, decision.Reason);
    }

    /// <summary>The same for a packet that is no fragment.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Log(ExpressPacket* packet, DropReason reason, long nowMs)
    {
        bool isKept = _denied.Count(nowMs);
        bool isSample = _tally.IsNext();
        if (isKept | isSample)
        {
            Keep(packet, reason, nowMs, isKept, isSample);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Keep(ExpressPacket* packet, DropReason reason, long nowMs, bool isKept, bool isSample)
    {
        FlowKey flow = packet->Query.Key.ToFlow(packet->Query.FromHigh);
        if (isKept)
        {
            _denied.Add(flow, reason, nowMs);
        }

        if (isSample)
        {
            _tally.AddNext(flow, packet->Kind == ExpressKind.Opening, false, reason);
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
