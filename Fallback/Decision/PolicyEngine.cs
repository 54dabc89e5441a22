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
    private readonly NativeBlock<WorkerCounterBlock> _counters;
    private readonly DeniedRing _denied;
    private readonly NativeBlock<byte> _tally;
    private readonly SnapshotPublisher _publisher;
    private readonly bool _ownsPublisher;
    private readonly WorkerEpoch _epoch;
    private readonly int _sweepSlots;
    private readonly bool _keepsEstablished;
    private ClassifierTables* _tables;
    private long _sweptMs;

    /// <summary>An engine with a publisher of its own.</summary>
    public PolicyEngine(FallbackOptions options)
        : this(options, new SnapshotPublisher())
    {
        _ownsPublisher = true;
    }

    internal PolicyEngine(FallbackOptions options, SnapshotPublisher publisher)
    {
        ulong seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        _counters = new NativeBlock<WorkerCounterBlock>(1);
        _denied = new DeniedRing(options.DeniedRingEntries);
        _tally = new NativeBlock<byte>((int)DeniedTally.MemoryBytes);
        DeniedTally.Initialise(_tally.Pointer, seed);
        _timeouts = new TimeoutTable(options.Timeouts);
        ConnectionTable table = new(options.ConnectionCapacity, seed, _counters.Pointer);
        _tracker = new ConnectionTracker(table, _timeouts, options.Established, _counters.Pointer);
        _fragments = new FragmentTable(options.FragmentCapacity, seed, _counters.Pointer);
        _sweepSlots = options.SweepSlotsPerMs;
        _keepsEstablished = options.Established == EstablishedMode.Keep;
        _publisher = publisher;
        _epoch = publisher.Register();
    }

    /// <summary>Connections and tombstones now; exact on the engine's own thread.</summary>
    public int ConnectionCount => _tracker.Count;

    /// <summary>Connections and tombstones that fit.</summary>
    public int ConnectionCapacity => _tracker.Capacity;

    internal WorkerCounterBlock* Counters => _counters.Pointer;

    internal DeniedRing Denied => _denied;

    internal WorkerEpoch Epoch => _epoch;

    /// <summary>Snapshot of the current burst; null before the first one is published.</summary>
    internal ClassifierTables* Tables => _tables;

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

    /// <summary>The most frequent denied packets since the last call, in no order. One control thread.</summary>
    public IReadOnlyList<DeniedTallyEntry> TakeDeniedTally() => DeniedTally.Take(_tally.Pointer);

    /// <summary>Forgets every connection and fragment. The engine's own thread.</summary>
    public void ForgetConnections()
    {
        _tracker.Forget();
        _fragments.Clear();
    }

    public void Dispose()
    {
        _publisher.Unregister(_epoch);
        if (_ownsPublisher)
        {
            _publisher.Dispose();
        }

        _tracker.Dispose();
        _fragments.Dispose();
        _denied.Dispose();
        _tally.Dispose();
        _counters.Dispose();
    }

    /// <summary>Takes the snapshot in force and does a bounded piece of upkeep. The epoch must be entered.</summary>
    internal void BeginBurst(long nowMs)
    {
        _tables = _publisher.Current;
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

    private void Count(in ParsedPacket packet, in PacketDecision decision, in PacketContext context)
    {
        WorkerCounterBlock* counters = _counters.Pointer;
        bool byPolicy = decision.Reason is >= DropReason.EgressDenied and <= DropReason.FragmentOfDropped;
        if (decision.IsForward)
        {
            counters->Decisions[(int)decision.Kind]++;
        }
        else
        {
            counters->Drops[(int)decision.Reason]++;
        }

        if (byPolicy)
        {
            _denied.Add(packet.Key, decision.Reason, context.NowMs);
            DeniedTally.Add(_tally.Pointer, packet, decision.Reason);
        }

        if (context.IsMarked)
        {
            counters->HintsAgreed += byPolicy ? 0UL : 1UL;
            counters->HintsDisagreed += byPolicy ? 1UL : 0UL;
        }
    }
}
