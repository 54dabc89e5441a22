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
    private readonly ConnectionTracker _tracker;
    private readonly FragmentTable _fragments;
    private readonly TimeoutTable _timeouts;
    private readonly NativeBlock<WorkerCounterBlock>? _ownCounters;
    private readonly WorkerCounterBlock* _counters;
    private readonly DeniedRing _denied;
    private readonly SnapshotPublisher? _ownPublisher;
    private readonly WorkerEpoch _epoch;
    private readonly int _sweepSlots;
    private readonly bool _keepsEstablished;
    private ClassifierTables* _tables;
    private long _sweptMs;

    /// <summary>An engine with a publisher and counters of its own.</summary>
    public PolicyEngine(FallbackOptions options)
        : this(options, new SnapshotPublisher(), new NativeBlock<WorkerCounterBlock>(1))
    {
    }

    /// <summary>An engine that uses what its loop is given, and owns nothing of it.</summary>
    internal PolicyEngine(
        FallbackOptions options, ulong seed, WorkerEpoch epoch, WorkerCounterBlock* counters, DeniedRing denied)
    {
        _counters = counters;
        _denied = denied;
        _epoch = epoch;
        _timeouts = new TimeoutTable(options.Timeouts);
        ConnectionTable table = new(options.ConnectionCapacity, seed, counters);
        _tracker = new ConnectionTracker(table, _timeouts, options.Established, counters);
        _fragments = new FragmentTable(options.FragmentCapacity, seed, counters);
        _sweepSlots = options.SweepSlotsPerMs;
        _keepsEstablished = options.Established == EstablishedMode.Keep;
    }

    private PolicyEngine(FallbackOptions options, SnapshotPublisher publisher, NativeBlock<WorkerCounterBlock> counters)
        : this(options, NewSeed(), publisher.Register(), counters.Pointer, DeniedRing.Create(options.DeniedRingEntries))
    {
        _ownPublisher = publisher;
        _ownCounters = counters;
    }

    /// <summary>Connections and tombstones now; exact on the engine's own thread.</summary>
    public int ConnectionCount => _tracker.Count;

    /// <summary>Connections and tombstones that fit.</summary>
    public int ConnectionCapacity => _tracker.Capacity;

    /// <summary>Snapshot of the current burst; null before the first one is published.</summary>
    internal ClassifierTables* Tables => _tables;

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

    /// <summary>Forgets every connection and fragment. The engine's own thread.</summary>
    public void ForgetConnections()
    {
        _tracker.Forget();
        _fragments.Clear();
    }

    public void Dispose()
    {
        _tracker.Dispose();
        _fragments.Dispose();
        if (_ownPublisher is not null)
        {
            _ownPublisher.Unregister(_epoch);
            _ownPublisher.Dispose();
            _ownCounters!.Dispose();
            _denied.Free();
        }
    }

    /// <summary>Takes the snapshot in force and does a bounded piece of upkeep. The epoch must be entered.</summary>
    internal void BeginBurst(long nowMs)
    {
        _tables = _epoch.Published->Current;
        if (_tables != null && nowMs != _sweptMs)
        {
            _sweptMs = nowMs;
            _tracker.Sweep(_tables, nowMs, _sweepSlots);
        }
    }

    internal void EndBurst() => _tables = null;

    /// <summary>Decides one parsed packet and counts the decision.</summary>
    internal PacketDecision Decide(in ParsedPacket packet, in PacketContext context)
    {
        PacketDecision decision = _tables == null
            ? PacketDecision.Drop(DropReason.NotReady)
            : packet.Status switch
            {
                ParseStatus.Ip => DecideIp(packet, context.NowMs),
                ParseStatus.Arp => PacketDecision.Forward(DecisionKind.Arp),
                ParseStatus.OtherEtherType => PacketDecision.Drop(DropReason.EtherType),
                ParseStatus.Truncated => PacketDecision.Drop(DropReason.Truncated),
                ParseStatus.ExtensionChain => PacketDecision.Drop(DropReason.ExtensionChain),
                ParseStatus.TinyFragment => PacketDecision.Drop(DropReason.TinyFragment),
                ParseStatus.Scattered => PacketDecision.Drop(DropReason.ScatteredHeaders),
                _ => PacketDecision.Drop(DropReason.Malformed),
            };
        Count(packet, decision, context);
        return decision;
    }

    private static ulong NewSeed() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    private void Count(in ParsedPacket packet, in PacketDecision decision, in PacketContext context)
    {
        bool byPolicy = decision.Reason is >= DropReason.EgressDenied and <= DropReason.FragmentOfDropped;
        if (decision.IsForward)
        {
            _counters->Decisions[(int)decision.Kind]++;
        }
        else
        {
            _counters->Drops[(int)decision.Reason]++;
        }

        if (byPolicy)
        {
            _denied.Add(packet.Key, decision.Reason, context.NowMs);
        }

        if (context.IsMarked)
        {
            _counters->HintsAgreed += byPolicy ? 0UL : 1UL;
            _counters->HintsDisagreed += byPolicy ? 1UL : 0UL;
        }
    }
}
