using Dpdk.Ethdev;
using Dpdk.Mbuf;

namespace DPDK.NET.Tests;

/// <summary>Packets through the burst functions of real drivers.</summary>
public sealed unsafe class BurstTests(EalFixture fixture)
{
    private const int Burst = 32;

    [Fact]
    public void Received_bytes_equal_sent_bytes_when_net_ring_loops_back()
    {
        EthPort port = fixture.StartVdev("net_ring_loop", "");
        uint before = fixture.Pool.InUseCount;
        BurstPointers burst = port.GetBurst(0);
        Mbuf** packets = stackalloc Mbuf*[Burst];
        for (int i = 0; i < Burst; i++)
        {
            packets[i] = fixture.Pool.Alloc();
            Assert.True(packets[i]->TryWrite(Frame(i)));
        }

        Assert.Equal(Burst, burst.Tx(packets, Burst));
        Mbuf** received = stackalloc Mbuf*[Burst];
        Assert.Equal(Burst, burst.Rx(received, Burst));

        for (int i = 0; i < Burst; i++)
        {
            Assert.True(received[i]->Span.SequenceEqual(Frame(i)));
            Assert.Equal(60u + (uint)i, received[i]->PacketLength);
            Mempool.Free(received[i]);
        }

        Assert.Equal(before, fixture.Pool.InUseCount);
        EthStats stats = port.ReadStats();
        Assert.Equal((Burst, Burst), ((int)stats.RxPkts, (int)stats.TxPkts));
        fixture.Eal.DetachVdev(port.Name);
    }

    [Fact]
    public void Burst_is_empty_when_nothing_was_sent()
    {
        EthPort port = fixture.StartVdev("net_ring_empty", "");
        Mbuf** packets = stackalloc Mbuf*[Burst];
        Assert.Equal(0, port.GetBurst(0).Rx(packets, Burst));
        fixture.Eal.DetachVdev(port.Name);
    }

    [Fact]
    public void Takes_what_fits_when_the_ring_is_full()
    {
        EthPort port = fixture.StartVdev("net_ring_full", "");
        BurstPointers burst = port.GetBurst(0);
        Mbuf** packets = stackalloc Mbuf*[Burst];
        int sent = 0;
        ushort taken;
        do
        {
            Assert.True(fixture.Pool.TryAllocBulk(packets, Burst));
            taken = burst.Tx(packets, Burst);
            sent += taken;
        }
        while (taken == Burst);

        Mempool.FreeBulk(packets + taken, (uint)(Burst - taken));
        int received = 0;
        ushort got;
        while ((got = burst.Rx(packets, Burst)) > 0)
        {
            received += got;
            Mempool.FreeBulk(packets, got);
        }

        Assert.Equal(1023, sent);
        Assert.Equal(sent, received);
        fixture.Eal.DetachVdev(port.Name);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Allocates_nothing_when_bursts_run(bool suppressed)
    {
        EthPort port = fixture.StartVdev("net_ring_alloc", "");
        BurstPointers burst = port.GetBurst(0);
        Mempool pool = fixture.Pool;
        Turn(in burst, pool, suppressed);

        long before = GC.GetAllocatedBytesForCurrentThread();
        int moved = 0;
        for (int i = 0; i < 1000; i++)
        {
            moved += Turn(in burst, pool, suppressed);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(0, allocated);
        Assert.Equal(1000 * Burst, moved);
        fixture.Eal.DetachVdev(port.Name);
    }

    private static int Turn(in BurstPointers burst, Mempool pool, bool suppressed)
    {
        Mbuf** packets = stackalloc Mbuf*[Burst];
        if (!pool.TryAllocBulk(packets, Burst))
        {
            return 0;
        }

        ushort sent = suppressed ? burst.TxSuppressed(packets, Burst) : burst.Tx(packets, Burst);
        ushort got = suppressed ? burst.RxSuppressed(packets, Burst) : burst.Rx(packets, Burst);
        Mempool.FreeBulk(packets, got);
        return Math.Min(sent, got);
    }

    private static byte[] Frame(int seed) => [.. Enumerable.Range(0, 60 + seed).Select(i => (byte)(((i * 7) + seed) & 0xff))];
}
