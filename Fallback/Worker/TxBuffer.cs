using System.Runtime.CompilerServices;
using Dpdk.Mbuf;
using NetPolNic.Fallback.Decision;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// Packets that wait to leave by one port: sent in full bursts; what the port does not take is freed and counted. Lies in
/// native memory; one loop's own.
/// </summary>
[HotPath]
internal unsafe struct TxBuffer
{
    private Mbuf** _packets;
    private LoopPort* _port;
    private WorkerCounterBlock* _counters;
    private PortCounterBlock* _portCounters;
    private int _capacity;
    private int _count;

    /// <param name="port">Where it sends.</param>
    /// <param name="packets">Room for a burst.</param>
    /// <param name="burstPkts">Packets of a burst.</param>
    /// <param name="counters">The loop's counters.</param>
    /// <param name="portCounters">The port's counters.</param>
    public TxBuffer(
        LoopPort* port, Mbuf** packets, int burstPkts, WorkerCounterBlock* counters, PortCounterBlock* portCounters)
    {
        _packets = packets;
        _port = port;
        _counters = counters;
        _portCounters = portCounters;
        _capacity = burstPkts;
        _count = 0;
    }

    /// <summary>Takes a packet over; sends when a burst is full.</summary>
    public void Add(Mbuf* packet)
    {
        if (Fill(packet))
        {
            Flush();
        }
    }

    /// <summary>Takes a packet over.</summary>
    /// <returns>Whether a burst is full, which is to be sent before the next one.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Fill(Mbuf* packet)
    {
        int count = _count;
        _packets[count] = packet;
        _count = ++count;
        return count == _capacity;
    }

    /// <summary>Sends what waits.</summary>
    public void Flush()
    {
        if (_count == 0)
        {
            return;
        }

        ulong bytes = 0;
        for (int i = 0; i < _count; i++)
        {
            bytes += _packets[i]->PacketLength;
        }

        int sent = _port->SendVia == null
            ? LoopBurst.Tx(_port->Burst, _packets, (ushort)_count)
            : (int)RingBurst.Enqueue(_port->SendVia, (void**)_packets, (uint)_count);
        for (int i = sent; i < _count; i++)
        {
            bytes -= _packets[i]->PacketLength;
        }

        if (sent < _count)
        {
            Mempool.FreeBulk(_packets + sent, (uint)(_count - sent));
            _counters->Drops[(int)DropReason.TxFull] += (ulong)(_count - sent);
            _portCounters->Drops[(int)DropReason.TxFull] += (ulong)(_count - sent);
        }

        _counters->TxPkts += (ulong)sent;
        _counters->TxBytes += bytes;
        _portCounters->TxPkts += (ulong)sent;
        _portCounters->TxBytes += bytes;
        _count = 0;
    }
}
