using Dpdk.Mbuf;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Switching;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// What a loop has to do with its siblings: it hands packets to the one that owns them, takes its own, sends for those
/// without a queue, and shares what it learns of stations. Rings with one writer and one reader each; no loop waits for
/// another. One loop's own.
/// </summary>
[HotPath]
internal sealed unsafe class LoopPeers : IDisposable
{
    // A station is told of again after this long: who has lost or forgotten it must not flood for ever.
    private const long TellAgainMs = 1000;
    private const int ToldEntries = 1024;

    private readonly LoopState* _state;
    private readonly NativeBlock<nint> _outgoing;
    private readonly NativeBlock<int> _outgoingCounts;
    private readonly NativeBlock<Told> _told = new(ToldEntries);
    private readonly int _burstPkts;

    public LoopPeers(LoopState* state)
    {
        _state = state;
        _burstPkts = state->Dimensions.BurstPkts;
        _outgoing = new NativeBlock<nint>(state->Count * _burstPkts);
        _outgoingCounts = new NativeBlock<int>(state->Count);
    }

    /// <summary>Puts a packet aside for another loop, which learns the port it came in at from the packet.</summary>
    public void HandOver(Mbuf* packet, int inPort, int owner)
    {
        packet->EthPortId = (ushort)inPort;
        int* count = _outgoingCounts.Pointer + owner;
        _outgoing.Pointer[(owner * _burstPkts) + *count] = (nint)packet;
        *count += 1;
    }

    /// <summary>Gives what was put aside to its owners. Called after each burst, so that it never exceeds one.</summary>
    /// <returns>Packets that did not fit in an inbox; they are freed.</returns>
    public int Deliver()
    {
        int lost = 0;
        for (int owner = 0; owner < _state->Count; owner++)
        {
            int count = _outgoingCounts.Pointer[owner];
            if (count == 0)
            {
                continue;
            }

            void** packets = (void**)_outgoing.Pointer + (owner * _burstPkts);
            int taken = (int)RingBurst.Enqueue(Inbox(_state->Index, owner), packets, (uint)count);
            if (taken < count)
            {
                Mempool.FreeBulk((Mbuf**)packets + taken, (uint)(count - taken));
                lost += count - taken;
            }

            _outgoingCounts.Pointer[owner] = 0;
        }

        return lost;
    }

    /// <summary>Takes packets that another loop has received for this one.</summary>
    /// <param name="from">Index of the other loop.</param>
    /// <param name="packets">Room for a burst; each packet's port is the index of the one it came in at.</param>
    /// <returns>How many.</returns>
    public int Take(int from, Mbuf** packets) =>
        from == _state->Index ? 0 : (int)RingBurst.Dequeue(Inbox(from, _state->Index), (void**)packets, (uint)_burstPkts);

    /// <summary>Sends what siblings without a queue have for this loop's; what a port does not take is freed and counted.</summary>
    /// <param name="packets">Room for a burst.</param>
    public void SendForOthers(Mbuf** packets)
    {
        for (int i = 0; i < _state->PortCount; i++)
        {
            LoopPort* port = _state->Ports + i;
            for (int from = 0; port->SendFor != null && from < _state->Count; from++)
            {
                void* ring = port->SendFor[from];
                int count = ring == null ? 0 : (int)RingBurst.Dequeue(ring, (void**)packets, (uint)_burstPkts);
                int sent = count == 0 ? 0 : LoopBurst.Tx(port->Burst, packets, (ushort)count);
                if (sent < count)
                {
                    Mempool.FreeBulk(packets + sent, (uint)(count - sent));
                    _state->Counters->Drops[(int)DropReason.TxFull] += (ulong)(count - sent);
                    _state->PortCounters[i].Drops[(int)DropReason.TxFull] += (ulong)(count - sent);
                }
            }
        }
    }

    /// <summary>Tells the others who sent a packet, unless they were told lately.</summary>
    public void Tell(in ParsedPacket packet, int inPort, long nowMs)
    {
        UInt128 addr = packet.ClaimsAddr ? packet.ClaimedAddr : packet.Key.SrcAddr;
        ulong station = ((ulong)packet.VlanId << 48) | packet.SrcMac;
        ulong hash = Hashing.Finish(Hashing.Mix(addr, station));
        Told* told = _told.Pointer + (hash & (ToldEntries - 1));
        if (told->Station == station && told->Addr == addr && told->Port == inPort && nowMs - told->AtMs < TellAgainMs)
        {
            return;
        }

        *told = new Told { Addr = addr, Station = station, AtMs = nowMs, Port = inPort };
        for (int other = 0; other < _state->Count; other++)
        {
            if (other != _state->Index)
            {
                Stations(_state->Index, other)->Tell(packet, inPort);
            }
        }
    }

    /// <summary>Learns what the others tell. Inside a burst, with a policy in force.</summary>
    public void Hear(PolicySwitch @switch, Classifier.ClassifierTables* tables, long nowMs)
    {
        for (int other = 0; other < _state->Count; other++)
        {
            while (other != _state->Index && Stations(other, _state->Index)->TryHear(out ParsedPacket packet, out int port))
            {
                @switch.Learn(tables, packet, port, nowMs);
            }
        }
    }

    public void Dispose()
    {
        _outgoing.Dispose();
        _outgoingCounts.Dispose();
        _told.Dispose();
    }

    private void* Inbox(int from, int to) => _state->Inboxes[(from * _state->Count) + to];

    private StationRing* Stations(int from, int to) => _state->Stations[(from * _state->Count) + to];

    private struct Told
    {
        public UInt128 Addr;
        public ulong Station;
        public long AtMs;
        public int Port;
    }
}
