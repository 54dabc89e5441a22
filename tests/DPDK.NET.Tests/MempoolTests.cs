using Dpdk.Eal;
using Dpdk.Errors;
using Dpdk.Mbuf;

namespace DPDK.NET.Tests;

/// <summary>Packet buffers: taking, giving back, running out, caches.</summary>
public sealed unsafe class MempoolTests(EalFixture fixture)
{
    private const uint Count = 255;

    [Theory]
    [InlineData(0u)]
    [InlineData(32u)]
    public void Gives_each_buffer_once_when_emptied(uint cache)
    {
        Mempool pool = fixture.Eal.CreatePktMbufPool($"exhaust{cache}", Count, cache);
        HashSet<nint> taken = [];
        Mbuf* packet;
        while ((packet = pool.Alloc()) != null)
        {
            Assert.True(taken.Add((nint)packet));
        }

        Assert.Equal(Count, (uint)taken.Count);
        Assert.Equal(Count, pool.InUseCount);
        Assert.Equal(0u, pool.AvailableCount);

        foreach (nint one in taken)
        {
            Mempool.Free((Mbuf*)one);
        }

        Assert.Equal(0u, pool.InUseCount);
        fixture.Eal.FreePool(pool);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(32u)]
    public void Bulk_is_all_or_nothing_when_the_pool_runs_low(uint cache)
    {
        Mempool pool = fixture.Eal.CreatePktMbufPool($"bulk{cache}", Count, cache);
        Mbuf** packets = stackalloc Mbuf*[(int)Count];
        Assert.True(pool.TryAllocBulk(packets, 200));
        Assert.False(pool.TryAllocBulk(packets + 200, 56));
        Assert.True(pool.TryAllocBulk(packets + 200, 55));
        Assert.False(pool.TryAllocBulk(packets, 1));
        Mempool.FreeBulk(packets, Count);
        Assert.Equal(0u, pool.InUseCount);
        fixture.Eal.FreePool(pool);
    }

    [Fact]
    public void Uses_the_lcore_cache_when_the_thread_is_registered()
    {
        Mempool pool = fixture.Eal.CreatePktMbufPool("registered", Count, cache: 32);
        Exception? failure = null;
        Thread worker = new(() => failure = Record.Exception(() => TurnOverRegistered(pool)));
        worker.Start();
        worker.Join();
        Assert.Null(failure);
        Assert.Equal(0u, pool.InUseCount);
        fixture.Eal.FreePool(pool);
    }

    [Fact]
    public void Loses_nothing_when_threads_take_and_free_at_once()
    {
        Mempool pool = fixture.Eal.CreatePktMbufPool("threads", Count, cache: 16);
        Exception?[] failures = new Exception?[4];
        Thread[] workers =
        [
            .. Enumerable.Range(0, failures.Length).Select(
                i => new Thread(() => failures[i] = Record.Exception(() => TurnOver(pool, i)))),
        ];
        Array.ForEach(workers, worker => worker.Start());
        Array.ForEach(workers, worker => worker.Join());
        Assert.All(failures, Assert.Null);
        Assert.Equal(0u, pool.InUseCount);
        fixture.Eal.FreePool(pool);
    }

    [Fact]
    public void Names_the_reason_when_a_pool_cannot_be_made()
    {
        DpdkException e = Assert.Throws<DpdkException>(() => fixture.Eal.CreatePktMbufPool("huge", 10_000_000));
        Assert.Equal(("rte_pktmbuf_pool_create", 12), (e.Operation, e.Errno));
        Assert.Contains("ENOMEM", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_name_when_it_is_taken_or_too_long()
    {
        Assert.Equal(
            17, Assert.Throws<DpdkException>(() => fixture.Eal.CreatePktMbufPool("tests", 15, cache: 0)).Errno);
        Assert.Throws<ArgumentException>(() => fixture.Eal.CreatePktMbufPool(new string('x', 26), 15));
    }

    [Fact]
    public void Buffer_is_empty_when_taken_after_use()
    {
        Mbuf* packet = fixture.Pool.Alloc();
        packet->TryWrite([1, 2, 3]);
        packet->OffloadFlags = 1UL << 13;
        Mempool.Free(packet);
        packet = fixture.Pool.Alloc();
        Assert.Equal(
            (0, 0u, 1, 128), (packet->DataLength, packet->PacketLength, packet->SegmentCount, packet->Headroom));
        Assert.False(packet->HasMark);
        Assert.True(packet->Next == null);
        Mempool.Free(packet);
    }

    [Fact]
    public void Frame_is_refused_when_it_does_not_fit()
    {
        Mbuf* packet = fixture.Pool.Alloc();
        Assert.Equal(2048, packet->Tailroom);
        Assert.False(packet->TryWrite(new byte[2049]));
        Assert.Equal(0, packet->DataLength);
        Assert.True(packet->TryWrite(new byte[2048]));
        Assert.Equal(0, packet->Tailroom);
        Mempool.Free(packet);
    }

    [Fact]
    public void Pool_is_usable_when_wrapped_from_its_handle()
    {
        Mempool again = Mempool.FromHandle(fixture.Pool.Handle);
        Assert.Equal("tests", again.Name);
        Mbuf* packet = again.Alloc();
        Assert.True(packet != null);
        Mempool.Free(packet);
    }

    private static void TurnOverRegistered(Mempool pool)
    {
        DpdkThread.Register();
        try
        {
            TurnOver(pool, 1);

            // One more, so that the cache is in use when the thread leaves: the buffers must still count as free.
            Mempool.Free(pool.Alloc());
        }
        finally
        {
            DpdkThread.Unregister();
        }
    }

    private static void TurnOver(Mempool pool, int seed)
    {
        Mbuf** packets = stackalloc Mbuf*[64];
        for (int round = 0; round < 2000; round++)
        {
            uint n = (uint)(1 + (((round * 31) + (seed * 7)) % 60));
            if (pool.TryAllocBulk(packets, n))
            {
                for (uint i = 0; i < n; i++)
                {
                    // A buffer that two threads hold at once would show the other's mark.
                    packets[i]->FdirId = (uint)seed;
                }

                for (uint i = 0; i < n; i++)
                {
                    Assert.Equal((uint)seed, packets[i]->FdirId);
                }

                Mempool.FreeBulk(packets, n);
            }
        }
    }
}
