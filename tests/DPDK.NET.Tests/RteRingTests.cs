using Dpdk.Errors;
using Dpdk.Mbuf;
using Dpdk.Raw;

namespace DPDK.NET.Tests;

/// <summary>Rings of pointers, alone and from many threads.</summary>
public sealed unsafe class RteRingTests(EalFixture fixture)
{
    public static TheoryData<RingFlags> Kinds => [RingFlags.None, RingFlags.SingleProducer | RingFlags.SingleConsumer];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Keeps_order_and_capacity_when_filled_and_emptied(RingFlags kind)
    {
        RteRing ring = fixture.Eal.CreateRing("order", 64, kind);
        Assert.Equal((63u, 0u, 63u), (ring.Capacity, ring.Count, ring.FreeCount));
        for (nint i = 1; i <= 63; i++)
        {
            Assert.True(ring.Enqueue((void*)i));
        }

        Assert.False(ring.Enqueue((void*)64));
        Assert.Equal(63u, ring.Count);
        for (nint i = 1; i <= 63; i++)
        {
            Assert.Equal(i, (nint)ring.Dequeue());
        }

        Assert.True(ring.Dequeue() == null);
        fixture.Eal.FreeRing(ring);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Keeps_order_when_indices_wrap_at_32_bits(RingFlags kind)
    {
        RteRing ring = fixture.Eal.CreateRing("wrap", 16, kind);
        var raw = (rte_ring*)ring.Handle;
        raw->prod.head = raw->prod.tail = raw->cons.head = raw->cons.tail = uint.MaxValue - 5;
        nint next = 1;
        nint expected = 1;
        void** entries = stackalloc void*[10];
        for (int round = 0; round < 8; round++)
        {
            for (int i = 0; i < 10; i++)
            {
                entries[i] = (void*)next++;
            }

            Assert.Equal(10u, ring.EnqueueBurst(entries, 10));
            Assert.Equal(10u, ring.Count);
            Assert.Equal(10u, ring.DequeueBurst(entries, 10));
            for (int i = 0; i < 10; i++)
            {
                Assert.Equal(expected++, (nint)entries[i]);
            }
        }

        fixture.Eal.FreeRing(ring);
    }

    [Fact]
    public void Burst_takes_what_fits_when_the_ring_is_nearly_full()
    {
        RteRing ring = fixture.Eal.CreateRing("exact", 10, RingFlags.ExactSize);
        void** entries = stackalloc void*[16];
        for (int i = 0; i < 16; i++)
        {
            entries[i] = (void*)(nint)(i + 1);
        }

        Assert.Equal(10u, ring.EnqueueBurst(entries, 16));
        Assert.Equal(0u, ring.EnqueueBurst(entries, 1));
        Assert.Equal(10u, ring.DequeueBurst(entries, 16));
        Assert.Equal(0u, ring.DequeueBurst(entries, 16));
        fixture.Eal.FreeRing(ring);
    }

    [Fact]
    public void Every_entry_arrives_once_when_many_threads_use_the_ring()
    {
        const int Producers = 3;
        const int Consumers = 3;
        const int PerProducer = 20_000;
        RteRing ring = fixture.Eal.CreateRing("mpmc", 128);
        int[] seen = new int[(Producers * PerProducer) + 1];
        int received = 0;
        List<Thread> threads = [];
        for (int p = 0; p < Producers; p++)
        {
            int first = (p * PerProducer) + 1;
            threads.Add(new Thread(() => Produce(ring, first, PerProducer)));
        }

        for (int c = 0; c < Consumers; c++)
        {
            threads.Add(new Thread(() => Consume(ring, seen, ref received, Producers * PerProducer)));
        }

        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.All(seen.Skip(1), count => Assert.Equal(1, count));
        Assert.Equal(0u, ring.Count);
        fixture.Eal.FreeRing(ring);
    }

    [Fact]
    public void Finds_ring_when_it_exists()
    {
        RteRing ring = fixture.Eal.CreateRing("findme", 16);
        Assert.True(ring.Handle == fixture.Eal.FindRing("findme")!.Handle);
        Assert.Equal("findme", ring.Name);
        fixture.Eal.FreeRing(ring);
        Assert.Null(fixture.Eal.FindRing("findme"));
    }

    [Fact]
    public void Moves_packets_to_C_when_a_driver_holds_the_other_end()
    {
        // net_ring names the ring of its queue 0 ETH_RXTX0_<device>; what is enqueued here, the C driver receives.
        var port = fixture.StartVdev("net_ring_mix", "");
        RteRing ring = fixture.Eal.FindRing("ETH_RXTX0_net_ring_mix")!;
        Mbuf* packet = fixture.Pool.Alloc();
        packet->TryWrite([1, 2, 3, 4]);
        Assert.True(ring.Enqueue(packet));
        Mbuf* received;
        Assert.Equal(1, port.GetBurst(0).Rx(&received, 1));
        Assert.True(received == packet);
        Assert.Equal(1, port.GetBurst(0).Tx(&received, 1));
        Assert.True(ring.Dequeue() == packet);
        Mempool.Free(packet);
        fixture.Eal.DetachVdev(port.Name);
    }

    [Fact]
    public void Refuses_ring_when_size_name_or_kind_is_wrong()
    {
        Assert.Equal(22, Assert.Throws<DpdkException>(() => fixture.Eal.CreateRing("odd", 63)).Errno);
        Assert.Throws<ArgumentException>(() => fixture.Eal.CreateRing("", 64));
        DpdkException e = Assert.Throws<DpdkException>(() => fixture.Eal.CreateRing("hts", 64, (RingFlags)0x20));
        Assert.Contains("RTS or HTS", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Allocates_nothing_when_used()
    {
        RteRing ring = fixture.Eal.CreateRing("noalloc", 64);
        ring.Enqueue((void*)1);
        ring.Dequeue();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (nint i = 1; i < 1000; i++)
        {
            ring.Enqueue((void*)i);
            ring.Dequeue();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        fixture.Eal.FreeRing(ring);
    }

    private static void Produce(RteRing ring, int first, int count)
    {
        void** entries = stackalloc void*[7];
        int sent = 0;
        while (sent < count)
        {
            uint n = (uint)Math.Min(7, count - sent);
            for (int i = 0; i < n; i++)
            {
                entries[i] = (void*)(nint)(first + sent + i);
            }

            uint taken = ring.EnqueueBurst(entries, n);
            sent += (int)taken;
            if (taken == 0)
            {
                Thread.Yield();
            }
        }
    }

    private static void Consume(RteRing ring, int[] seen, ref int received, int total)
    {
        void** entries = stackalloc void*[5];
        while (Volatile.Read(ref received) < total)
        {
            uint n = ring.DequeueBurst(entries, 5);
            for (uint i = 0; i < n; i++)
            {
                Interlocked.Increment(ref seen[(nint)entries[i]]);
            }

            if (n == 0)
            {
                Thread.Yield();
            }

            Interlocked.Add(ref received, (int)n);
        }
    }
}
