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
public sealed unsafe class PolicyEngine : IDisposable
{
    private readonly ConnectionTracker _tracker;
    private readonly FragmentTable _fragments;
    private readonly TimeoutTable _timeouts;
    private readonly NativeBlock<WorkerCounterBlock> _counters;
    private readonly DeniedRing _denied;
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
        }

        if (context.IsMarked)
        {
            counters->HintsAgreed += byPolicy ? 0UL : 1UL;
            counters->HintsDisagreed += byPolicy ? 1UL : 0UL;
        }
    }

    private PacketDecision DecideIp(in ParsedPacket packet, long nowMs)
    {
        Ends ends = PolicyCheck.FindEnds(_tables, packet.Key);
        if (packet.Fragment == FragmentKind.Whole)
        {
            return DecideWithHeader(packet, ends, nowMs);
        }

        FragmentKey fragment = new()
        {
            SrcAddr = packet.Key.SrcAddr,
            DstAddr = packet.Key.DstAddr,
            FragmentId = packet.FragmentId,
            IpProto = packet.FragmentProto,
            IpVersion = packet.Key.IpVersion,
        };
        if (packet.Fragment == FragmentKind.Later)
        {
            return DecideLaterFragment(packet.Key, fragment, ends, nowMs);
        }

        PacketDecision decision = DecideWithHeader(packet, ends, nowMs);
        FragmentVerdict verdict = new()
        {
            Forward = decision.IsForward,
            Generation = _tables->Generation,
            SrcEndpointId = PolicyCheck.IdOf(_tables, ends.Src),
            DstEndpointId = PolicyCheck.IdOf(_tables, ends.Dst),
        };
        _fragments.Remember(fragment, verdict, nowMs, nowMs + _timeouts.FragmentMs);
        return decision;
    }

    /// <summary>A packet with its L4 header: whole, or a first fragment.</summary>
    private PacketDecision DecideWithHeader(in ParsedPacket packet, in Ends ends, long nowMs)
    {
        if (packet.L4 == L4Kind.NeighbourDiscovery)
        {
            return PacketDecision.Forward(DecisionKind.NeighbourDiscovery); // S-b16
        }

        return PolicyCheck.IsExempt(_tables, packet.Key, ends)
            ? PacketDecision.Forward(DecisionKind.Exempt) // S-b12, S-b13
            : DecideByConnection(packet, ends, nowMs);
    }

    private PacketDecision DecideLaterFragment(in FlowKey key, in FragmentKey fragment, in Ends ends, long nowMs)
    {
        if (PolicyCheck.IsExempt(_tables, key, ends))
        {
            return PacketDecision.Forward(DecisionKind.Exempt);
        }

        // A first fragment that another policy judged counts as not seen (S-b15), as does another pod's (S-b17).
        bool remembered = _fragments.TryFind(fragment, nowMs, out FragmentVerdict first) &&
            (_keepsEstablished || first.Generation == _tables->Generation) &&
            first.SrcEndpointId == PolicyCheck.IdOf(_tables, ends.Src) &&
            first.DstEndpointId == PolicyCheck.IdOf(_tables, ends.Dst);
        if (remembered)
        {
            return first.Forward
                ? PacketDecision.Forward(DecisionKind.Fragment)
                : PacketDecision.Drop(DropReason.FragmentOfDropped);
        }

        return PolicyCheck.IsIsolated(_tables, ends)
            ? PacketDecision.Drop(DropReason.FragmentWithoutFirst) // S-b20
            : PacketDecision.Forward(DecisionKind.OpenPods);
    }

    private PacketDecision DecideByConnection(in ParsedPacket packet, in Ends ends, long nowMs)
    {
        switch (packet.L4)
        {
            case L4Kind.IcmpError when IsRelated(packet, nowMs):
                return PacketDecision.Forward(DecisionKind.RelatedIcmp); // S-b16

            case L4Kind.IcmpError or L4Kind.IcmpOther or L4Kind.NeighbourDiscovery:
                return DecideAsNew(packet, ends);
        }

        Connection* connection = _tracker.Find(_tables, packet.Key, packet.L4, nowMs, out bool fromOpener);
        bool opens = packet.L4 is L4Kind.TcpSyn or L4Kind.IcmpRequest;
        if (connection != null && !opens)
        {
            if (!connection->IsCut)
            {
                _tracker.Touch(connection, packet.L4, fromOpener, nowMs);
                return PacketDecision.Forward(DecisionKind.Established); // S-b14
            }

            if (!fromOpener)
            {
                return PacketDecision.Drop(DropReason.ConnectionCut); // S-b15
            }
        }

        PacketDecision decision = DecideAsNew(packet, ends);
        if (decision.IsForward && packet.L4 != L4Kind.IcmpReply)
        {
            bool repeats = connection != null && fromOpener && !connection->IsCut &&
                connection->State == ConnectionState.Established;
            if (repeats)
            {
                // A repeated SYN or request of a connection that stands: a blind one must not shorten its life.
                _tracker.Touch(connection, packet.L4, fromOpener: true, nowMs);
            }
            else
            {
                _tracker.Open(_tables, packet, ends, connection, nowMs);
            }
        }

        return decision;
    }

    private PacketDecision DecideAsNew(in ParsedPacket packet, in Ends ends)
    {
        DropReason reason = PolicyCheck.Evaluate(_tables, packet.Key, ends);
        if (reason != DropReason.None)
        {
            return PacketDecision.Drop(reason);
        }

        return PacketDecision.Forward(
            PolicyCheck.IsIsolated(_tables, ends) ? DecisionKind.NewAllowed : DecisionKind.OpenPods);
    }

    /// <summary>Whether an ICMP error goes back to the sender of a packet of an allowed connection.</summary>
    private bool IsRelated(in ParsedPacket packet, long nowMs)
    {
        if (packet.Embedded.SrcAddr != packet.Key.DstAddr || packet.Embedded.IpVersion != packet.Key.IpVersion)
        {
            return false;
        }

        Connection* connection = _tracker.Find(_tables, packet.Embedded, packet.EmbeddedL4, nowMs, out _);
        return connection != null && !connection->IsCut;
    }
}
