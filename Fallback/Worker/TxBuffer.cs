using Dpdk.Ethdev;
using Dpdk.Mbuf;
using NetPolNic.Fallback.Decision;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// Packets that wait to leave by one port: sent in full bursts; what the port does not take is freed and counted.
/// </summary>
[HotPath]
internal sealed unsafe class TxBuffer : IDisposable
{
    private readonly NativeBlock<nint> _packets;
    private readonly BurstPointers _burst;
    private readonly WorkerCounterBlock* _counters;
    private readonly PortCounterBlock* _portCounters;
    private int _count;

    public TxBuffer(
        in BurstPointers burst, ushort burstPkts, WorkerCounterBlock* counters, PortCounterBlock* portCounters)
    {
        _portCounters = portCounters;
        _burst = burst;
        _counters = counters;
        _packets = new NativeBlock<nint>(burstPkts);
    }

    /// <summary>Takes a packet over; sends when a burst is full.</summary>
    public void Add(Mbuf* packet)
    {
        _packets.Pointer[_count] = (nint)packet;
        _count++;
        if (_count == _packets.Length)
        {
            Flush();
        }
    }

    /// <summary>Sends what waits.</summary>
    public void Flush()
    {
        if (_count == 0)
        {
            return;
        }

        Mbuf** packets = (Mbuf**)_packets.Pointer;
        ulong bytes = 0;
        for (int i = 0; i < _count; i++)
        {
            bytes += packets[i]->PacketLength;
        }

        int sent = _burst.Tx(packets, (ushort)_count);
        for (int i = sent; i < _count; i++)
        {
            bytes -= packets[i]->PacketLength;
        }

        if (sent < _count)
        {
            Mempool.FreeBulk(packets + sent, (uint)(_count - sent));
            _counters->Drops[(int)DropReason.TxFull] += (ulong)(_count - sent);
            _portCounters->Drops[(int)DropReason.TxFull] += (ulong)(_count - sent);
        }

        _counters->TxPkts += (ulong)sent;
        _counters->TxBytes += bytes;
        _portCounters->TxPkts += (ulong)sent;
        _portCounters->TxBytes += bytes;
        _count = 0;
    }

    public void Dispose() => _packets.Dispose();
}
