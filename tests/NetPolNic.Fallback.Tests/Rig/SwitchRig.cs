using Dpdk.Mbuf;
using NetPolNic.Fallback.Switching;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Tests.Rig;

/// <summary>A data path on the fixture's ports: port 0 is the uplink, 1 and 2 carry pods, 2 reflects.</summary>
internal sealed unsafe class SwitchRig : IDisposable
{
    public const int Uplink = 0;
    public const int PodPort = 1;
    public const int SharedPort = 2;

    private const ulong FdirAndId = (1UL << 2) | (1UL << 13); // RTE_MBUF_F_RX_FDIR, RTE_MBUF_F_RX_FDIR_ID

    private readonly DpdkFixture _dpdk;

    public SwitchRig(
        DpdkFixture dpdk,
        FallbackOptions? options = null,
        Mempool? copies = null,
        bool hasClock = true,
        params PodPlace[] places)
    {
        _dpdk = dpdk;
        InUseBefore = dpdk.Pool.InUseCount;
        DataPath = new FallbackDataPath(
            (options ?? EngineRig.Small) with { ClockMs = hasClock ? () => NowMs : null },
            copies ?? dpdk.Pool,
            [
                new SwitchPort(dpdk.Ports[Uplink], PortRole.Uplink),
                new SwitchPort(dpdk.Ports[PodPort], PortRole.Pod) { Pods = [.. places] },
                new SwitchPort(dpdk.Ports[SharedPort], PortRole.Pod, Reflect: true),
            ]);
    }

    public FallbackDataPath DataPath { get; }

    public long NowMs { get; set; } = 1_000;

    public uint InUseBefore { get; }

    public FallbackCounters Counters => DataPath.ReadCounters();

    public SwitchRig With(params LocalEndpoint[] endpoints)
    {
        DataPath.Publish(Snapshots.Of(endpoints));
        return this;
    }

    /// <summary>Has a port receive a frame with the next poll.</summary>
    public void Put(int port, byte[] frame, bool marked = false)
    {
        Mbuf* packet = NewPacket(frame);
        if (marked)
        {
            packet->OffloadFlags |= FdirAndId;
            packet->FdirId = 1;
        }

        Assert.True(_dpdk.Towards[port].Enqueue(packet));
    }

    /// <summary>Has a port receive a packet of several segments.</summary>
    public void PutSegments(int port, byte[] frame, params int[] cuts)
    {
        int[] starts = [0, .. cuts, frame.Length];
        Mbuf* first = null;
        Mbuf* last = null;
        for (int i = 0; i + 1 < starts.Length; i++)
        {
            Mbuf* segment = NewPacket(frame[starts[i]..starts[i + 1]]);
            if (first == null)
            {
                first = segment;
            }
            else
            {
                // struct rte_mbuf, DPDK 22.11: next at 64, nb_segs at 20.
                *(Mbuf**)((byte*)last + 64) = segment;
            }

            last = segment;
        }

        *(ushort*)((byte*)first + 20) = (ushort)(starts.Length - 1);
        first->PacketLength = (uint)frame.Length;
        Assert.Equal(starts.Length - 1, first->SegmentCount);
        Assert.True(_dpdk.Towards[port].Enqueue(first));
    }

    /// <summary>Receives a frame at a port, polls once, and returns the ports that sent something, as "0 2".</summary>
    public string Send(int port, FrameBuilder frame) => Send(port, frame.Build());

    public string Send(int port, byte[] frame)
    {
        Put(port, frame);
        DataPath.PollOnce();

        // What a loop without a queue has to send leaves with the next poll of the one that has it.
        for (int loop = 1; loop < DataPath.Loops.Length; loop++)
        {
            DataPath.PollOnce();
        }

        return string.Join(' ', Enumerable.Range(0, DpdkFixture.PortCount).Where(p => TakeAll(p).Count > 0));
    }

    /// <summary>Frames that a port has sent since the last time.</summary>
    public List<byte[]> TakeAll(int port)
    {
        List<byte[]> frames = [];
        RteRing ring = _dpdk.From[port];
        for (Mbuf* packet = (Mbuf*)ring.Dequeue(); packet != null; packet = (Mbuf*)ring.Dequeue())
        {
            byte[] frame = new byte[packet->PacketLength];
            packet->CopyTo(frame);
            frames.Add(frame);
            Mempool.Free(packet);
        }

        return frames;
    }

    public void Dispose()
    {
        DataPath.Dispose();
        for (int port = 0; port < DpdkFixture.PortCount; port++)
        {
            TakeAll(port);
            for (void* packet = _dpdk.Towards[port].Dequeue(); packet != null; packet = _dpdk.Towards[port].Dequeue())
            {
                Mempool.Free((Mbuf*)packet);
            }
        }

        Assert.Equal(InUseBefore, _dpdk.Pool.InUseCount);
    }

    private Mbuf* NewPacket(byte[] frame)
    {
        Mbuf* packet = _dpdk.Pool.Alloc();
        Assert.True(packet != null && packet->TryWrite(frame));
        return packet;
    }
}
