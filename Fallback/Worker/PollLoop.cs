using System.Numerics;
using System.Runtime.CompilerServices;
using Dpdk.Mbuf;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Switching;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// A run-to-completion loop: receive a burst, parse all, decide all, switch all, send. Made by the runtime that polls, over
/// a <see cref="LoopState"/>; makes all that it needs when it is made, and nothing afterwards. One thread at a time.
/// </summary>
[HotPath]
internal sealed unsafe partial class PollLoop : IDisposable
{
    /// <summary>Mark of packets that the NIC's rules take for allowed (the same number in Offload).</summary>
    private const uint PassMarkId = 1;

    // How many times less often than it times out a thing is noted that prolongs it; at least this often, in milliseconds.
    private const int GrainsOfTimeout = 256;
    private const int MaxGrainMs = 512;

    /// <summary>Packets between one that goes the long way and the one that is prepared meanwhile.</summary>
    private const int LookAhead = 3;

    private readonly LoopState* _state;
    private readonly PolicyEngine _engine;
    private readonly PolicySwitch _switch;
    private readonly FrameGather _gather = new();
    private readonly LoopPeers? _peers;
    private readonly Mempool _pool;
    private readonly NativeBlock<TxBuffer> _tx;
    private readonly NativeBlock<nint> _txPackets;
    private readonly NativeBlock<nint> _packets;
    private readonly NativeBlock<nint> _dropped;
    private readonly NativeBlock<ParsedPacket> _parsed;
    private readonly WorkerCounterBlock* _counters;
    private readonly ushort _burstPkts;
    private int _droppedCount;

    public PollLoop(LoopState* state)
    {
        _state = state;
        FallbackOptions options = state->Dimensions.ToOptions();
        _burstPkts = options.BurstPkts;
        _counters = state->Counters;
        _engine = new PolicyEngine(options, state->Seed, state->Epoch, state->Counters, state->Denied, state->Tally);
        _switch = new PolicySwitch(LayoutOf(state), options, state->Seed, _engine.State, state->Places);
        _pool = Mempool.FromHandle(state->Pool);
        _peers = state->Count > 1 ? new LoopPeers(state) : null;
        _switch.State->HasPeers = _peers != null;
        _packets = new NativeBlock<nint>(_burstPkts);
        _dropped = new NativeBlock<nint>(_burstPkts);
        _parsed = new NativeBlock<ParsedPacket>(_burstPkts);
        _tx = new NativeBlock<TxBuffer>(state->PortCount);
        _txPackets = new NativeBlock<nint>(state->PortCount * _burstPkts);
        for (int port = 0; port < state->PortCount; port++)
        {
            Mbuf** packets = (Mbuf**)(_txPackets.Pointer + (port * _burstPkts));
            _tx.Pointer[port] =
                new TxBuffer(state->Ports + port, packets, _burstPkts, state->Counters, state->PortCounters + port);
        }

        state->Report.ConnectionCapacity = _engine.ConnectionCapacity;
    }

    /// <summary>Notes less often what a packet only prolongs: for a loop that runs by the real clock.</summary>
    public void UseGrain()
    {
        FallbackOptions options = _state->Dimensions.ToOptions();
        int shortest = Math.Min(options.Timeouts.TcpEstablishedSeconds, options.Timeouts.UdpRepliedSeconds);
        long timeoutMs = 1000L * Math.Min(shortest, options.MacAgeSeconds);
        _engine.State->GrainMs = (uint)Math.Min(timeoutMs / GrainsOfTimeout, MaxGrainMs);
    }

    /// <summary>
    /// Goes once through what the first packets would have bound late: look-ups of native functions, thread-local words.
    /// </summary>
    public void WarmUp()
    {
        Mbuf* packet = _pool.Alloc();
        Mempool.Free(packet);
    }

    /// <summary>One round over all ports. Inside an entered epoch.</summary>
    /// <returns>Packets received.</returns>
    public int Poll(long nowMs)
    {
        if (Volatile.Read(ref _state->Control.Forget) != 0)
        {
            Volatile.Write(ref _state->Control.Forget, 0);
            _engine.ForgetConnections();
        }

        Volatile.Write(ref _state->Report.LastPollMs, nowMs);
        _engine.BeginBurst(nowMs);
        _switch.BeginBurst();
        int total = 0;
        for (int port = 0; port < _state->PortCount; port++)
        {
            LoopPort* from = _state->Ports + port;
            int count = from->Receives == 0 ? 0 : LoopBurst.Rx(from->Burst, (Mbuf**)_packets.Pointer, _burstPkts);
            if (count > 0)
            {
                HandleReceived(port, count, nowMs);
                total += count;
            }
        }

        _counters->RxPkts += (ulong)total;
        total += _peers == null ? 0 : HandleOfPeers(_peers, nowMs);
        if (total > 0)
        {
            for (int port = 0; port < _state->PortCount; port++)
            {
                _tx.Pointer[port].Flush();
            }
        }

        _state->Trace.Answer(_engine, nowMs);
        _engine.EndBurst();
        _counters->Polls++;
        _counters->EmptyPolls += total == 0 ? 1UL : 0UL;
        Volatile.Write(ref _state->Report.Connections, _engine.ConnectionCount);
        return total;
    }

    /// <summary>Traces outside of a burst, while nothing polls.</summary>
    public TraceAnswer TraceAlone(in ParsedPacket packet, long nowMs) => _engine.TraceAlone(packet, nowMs);

    public void Dispose()
    {
        _switch.Dispose();
        _gather.Dispose();
        _peers?.Dispose();
        _tx.Dispose();
        _txPackets.Dispose();
        _packets.Dispose();
        _dropped.Dispose();
        _parsed.Dispose();
        _engine.Dispose();
    }

    private static PortLayout LayoutOf(LoopState* state)
    {
        ulong pods = 0;
        ulong reflects = 0;
        for (int port = 0; port < state->PortCount; port++)
        {
            pods |= state->Ports[port].Role == PortRole.Pod ? 1UL << port : 0;
            reflects |= state->Ports[port].Reflect != 0 ? 1UL << port : 0;
        }

        return new PortLayout(state->PortCount, pods, reflects);
    }

    /// <summary>Counts and reads a burst; decides what this loop owns and hands the rest over.</summary>
    private void HandleReceived(int inPort, int count, long nowMs)
    {
        Mbuf** packets = (Mbuf**)_packets.Pointer;
        ulong bytes = ReadAll(packets, count);
        PortCounterBlock* portCounters = _state->PortCounters + inPort;
        portCounters->RxPkts += (ulong)count;
        portCounters->RxBytes += bytes;
        _counters->RxBytes += bytes;
        DecideAndSwitch(packets, _peers == null ? count : HandOver(_peers, inPort, count), inPort, nowMs);
    }

    /// <summary>Hands over what other loops own.</summary>
    /// <returns>Packets that stay, moved up to the front in their order.</returns>
    private int HandOver(LoopPeers peers, int inPort, int count)
    {
        Mbuf** packets = (Mbuf**)_packets.Pointer;
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            ExpressPacket* express = _switch.State->Express + i;
            int owner = express->Kind != ExpressKind.None
                ? SymmetricHash.OwnerOf(express->Query.Key, _state->Count)
                : SymmetricHash.OwnerOf(_parsed.Pointer[i], _state->Count, _state->Index);
            if (owner != _state->Index)
            {
                peers.HandOver(packets[i], inPort, owner);
                continue;
            }

            if (kept != i)
            {
                packets[kept] = packets[i];
                _switch.State->Express[kept] = *express;
                if (express->Kind == ExpressKind.None)
                {
                    _parsed.Pointer[kept] = _parsed.Pointer[i];
                }
            }

            kept++;
        }

        int lost = peers.Deliver();
        _counters->Drops[(int)DropReason.HandoverFull] += (ulong)lost;
        _state->PortCounters[inPort].Drops[(int)DropReason.HandoverFull] += (ulong)lost;
        return kept;
    }

    /// <summary>Does what siblings have for this loop.</summary>
    /// <returns>Packets handled.</returns>
    private int HandleOfPeers(LoopPeers peers, long nowMs)
    {
        if (_engine.Tables != null)
        {
            peers.Hear(_switch, _engine.Tables, nowMs);
        }

        int total = 0;
        Mbuf** packets = (Mbuf**)_packets.Pointer;
        for (int from = 0; from < _state->Count; from++)
        {
            int count = peers.Take(from, packets);
            ReadAll(packets, count);

            // One packet at a time: they came in at different ports.
            for (int i = 0; i < count; i++)
            {
                DecideAndSwitchOne(packets[i], i, packets[i]->EthPortId, nowMs);
            }

            FreeDropped();
            total += count;
        }

        peers.SendForOthers(packets);
        return total;
    }

    /// <summary>Reads packets, each into the place of its own.</summary>
    /// <returns>Bytes of all.</returns>
    private ulong ReadAll(Mbuf** packets, int count)
    {
        ExpressPacket* express = _switch.State->Express;
        ConnectionTable* table = &_switch.State->Engine->Connections;
        ulong bytes = 0;
        int at = 0;
        while (at < count)
        {
            at += BurstPipeline.ReadRun<BurstPipeline.Ipv4>(table, packets + at, count - at, express + at, &bytes);
            int rest = count - at;
            int read = rest == 0 ? 0 : BurstPipeline.ReadRun<BurstPipeline.Ipv6>(table, packets + at, rest, express + at, &bytes);
            if (rest > 0 && read == 0)
            {
                bytes += packets[at]->PacketLength;
                ReadOther(packets[at], at);
                read = 1;
            }

            at += read;
        }

        return bytes;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReadOther(Mbuf* packet, int at)
    {
        ExpressPacket* express = _switch.State->Express + at;
        ParsedPacket* parsed = _parsed.Pointer + at;
        if (packet->SegmentCount == 1)
        {
            BurstPipeline.ReadOther(_switch.State, packet->Data, packet->DataLength, express, parsed);
        }
        else
        {
            ReadScattered(packet, express, parsed);
        }
    }

    private void ReadScattered(Mbuf* packet, ExpressPacket* express, ParsedPacket* parsed)
    {
        if (_gather.TryView(packet, out byte* frame, out int length))
        {
            BurstPipeline.ReadWhole(_switch.State, frame, length, express, parsed);
            return;
        }

        express->Kind = ExpressKind.None;
        *parsed = default;
        parsed->Status = ParseStatus.Scattered;
    }

    /// <summary>The NIC's rules take it for allowed.</summary>
    private static bool IsMarked(Mbuf* packet) => packet->HasMark && packet->FdirId == PassMarkId;

    /// <summary>Counts what the NIC's mark of a packet that passes says.</summary>
    private void NoteMark(Mbuf* packet) =>
        _counters->HintsAgreed += IsMarked(packet) ? 1UL : 0UL;

    /// <summary>The long way.</summary>
    private void DecideAndSwitchOne(Mbuf* packet, int at, int inPort, long nowMs)
    {
        ExpressPacket* express = _switch.State->Express + at;
        ParsedPacket* parsed = _parsed.Pointer + at;
        PacketOutcome outcome;
        if (express->Kind != ExpressKind.None)
        {
            PacketParser.Parse(packet->Data, packet->DataLength, out *parsed);
        }

        parsed->IsMarked = IsMarked(packet);
        BurstPipeline.Decide(_switch.State, parsed, &outcome, &express->Query, inPort, nowMs);
        Dispatch(packet, parsed, &outcome, inPort, nowMs);
    }

    private void FreeDropped()
    {
        if (_droppedCount > 0)
        {
            Mempool.FreeBulk((Mbuf**)_dropped.Pointer, (uint)_droppedCount);
            _droppedCount = 0;
        }
    }

    private void Dispatch(Mbuf* packet, ParsedPacket* parsed, PacketOutcome* outcome, int inPort, long nowMs)
    {
        // Siblings learn of a sender what this loop has learned itself: nothing of one that the guard has caught.
        if (_peers != null && _engine.Tables != null && parsed->Status is (ParseStatus.Ip or ParseStatus.Arp) &&
            outcome->Reason is not (DropReason.SpoofedAddress or DropReason.SpoofedMac))
        {
            _peers.Tell(*parsed, inPort, nowMs);
        }

        ulong ports = outcome->Ports;
        if (ports == 0)
        {
            _state->PortCounters[inPort].Drops[(int)outcome->Reason]++;
            _engine.Log(*parsed, outcome->Decision, nowMs);
            Drop(packet);
            return;
        }

        // The last port gets the packet itself.
        while ((ports & (ports - 1)) != 0)
        {
            SendCopy(packet, BitOperations.TrailingZeroCount(ports));
            ports &= ports - 1;
        }

        _tx.Pointer[BitOperations.TrailingZeroCount(ports)].Add(packet);
    }

    private void SendCopy(Mbuf* packet, int port)
    {
        Mbuf* copy = _gather.Copy(_pool, packet);
        if (copy == null)
        {
            _counters->Drops[(int)DropReason.NoMbuf]++;
            _state->PortCounters[port].Drops[(int)DropReason.NoMbuf]++;
            return;
        }

        _counters->FloodedCopies++;
        _tx.Pointer[port].Add(copy);
    }

    private void Drop(Mbuf* packet)
    {
        _dropped.Pointer[_droppedCount] = (nint)packet;
        _droppedCount++;
    }
}
