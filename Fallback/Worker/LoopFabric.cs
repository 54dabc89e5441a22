using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Dpdk.Ethdev;
using Dpdk.Mbuf;
using NetPolNic.Fallback.Switching;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// What the loops of one switch share, in native memory: who receives and sends by which queue, and the rings between
/// them. Freed after the last loop is closed.
/// </summary>
internal sealed unsafe class LoopFabric : IDisposable
{
    // A few bursts of every queue: what a loop that is held up for some microseconds must not lose.
    private const uint RingEntries = 1024;
    private const nuint CacheLineBytes = 64;

    private readonly List<nint> _memory = [];
    private readonly NativeBlock<LoopPort> _ports;
    private readonly NativeBlock<PlaceEntry> _places;
    private readonly int _portCount;

    /// <param name="ports">Configured and started ports.</param>
    /// <param name="count">Loops.</param>
    public LoopFabric(IReadOnlyList<SwitchPort> ports, int count)
    {
        ArgumentOutOfRangeException.ThrowIfZero(ports.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ports.Count, PortLayout.MaxPorts);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        Count = count;
        Seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        _portCount = ports.Count;
        _ports = new NativeBlock<LoopPort>(count * ports.Count);
        _places = NativeBlock<PlaceEntry>.CopyOf(PlaceTable.EntriesOf(ports));
        Places = new PlaceTable
        {
            Entries = _places.Pointer,
            Count = _places.Length,
            ListedPorts = ports.Select((port, i) => port.Pods.IsEmpty ? 0 : 1UL << i).Aggregate(0UL, (a, b) => a | b),
        };
        for (int i = 0; i < ports.Count; i++)
        {
            AssignQueues(ports[i], i);
        }

        if (count > 1)
        {
            Inboxes = (void**)Allocate((nuint)(count * count * sizeof(void*)));
            Stations = (StationRing**)Allocate((nuint)(count * count * sizeof(void*)));
            for (int pair = 0; pair < count * count; pair++)
            {
                bool isOwn = pair / count == pair % count;
                Inboxes[pair] = isOwn ? null : NewRing();
                Stations[pair] = isOwn ? null : (StationRing*)Allocate((nuint)sizeof(StationRing));
            }
        }
    }

    /// <summary>Loops.</summary>
    public int Count { get; }

    /// <summary>Random, of all loops.</summary>
    public ulong Seed { get; }

    /// <summary>As <see cref="LoopState.Places"/>.</summary>
    public PlaceTable Places { get; }

    /// <summary>As <see cref="LoopState.Inboxes"/>.</summary>
    public void** Inboxes { get; }

    /// <summary>As <see cref="LoopState.Stations"/>.</summary>
    public StationRing** Stations { get; }

    /// <summary>The ports as one loop uses them.</summary>
    public LoopPort* PortsOf(int loop) => _ports.Pointer + (loop * _portCount);

    /// <summary>Frees the packets that still lie in rings, and the memory. No loop may run any more.</summary>
    public void Dispose()
    {
        for (int pair = 0; Inboxes != null && pair < Count * Count; pair++)
        {
            Drain(Inboxes[pair]);
        }

        for (int i = 0; i < _ports.Length; i++)
        {
            Drain(_ports.Pointer[i].SendVia);
        }

        _ports.Dispose();
        _places.Dispose();
        _memory.ForEach(block => NativeMemory.AlignedFree((void*)block));
        _memory.Clear();
    }

    private static void Drain(void* ring)
    {
        void* packet;
        while (ring != null && RingBurst.Dequeue(ring, &packet, 1) == 1)
        {
            Mempool.Free((Mbuf*)packet);
        }
    }

    /// <summary>A loop without a transmit queue of its own sends by the first one's.</summary>
    private void AssignQueues(SwitchPort port, int index)
    {
        EthDeviceInfo info = port.Port.Info;
        for (int loop = 0; loop < Count; loop++)
        {
            bool receives = loop < info.RxQueues;
            bool sends = loop < info.TxQueues;
            LoopPort* own = PortsOf(loop) + index;
            own->EthPortId = port.Port.Id;
            own->Role = port.Role;
            own->Reflect = (byte)(port.Reflect ? 1 : 0);
            own->Receives = (byte)(receives ? 1 : 0);
            own->Burst = port.Port.GetBurst((ushort)(receives ? loop : 0), (ushort)(sends ? loop : 0));
            if (!sends)
            {
                LoopPort* first = PortsOf(0) + index;
                if (first->SendFor == null)
                {
                    first->SendFor = (void**)Allocate((nuint)(Count * sizeof(void*)));
                }

                own->SendVia = NewRing();
                first->SendFor[loop] = own->SendVia;
            }
        }
    }

    private void* NewRing()
    {
        void* ring = Allocate(RingBurst.MemoryBytes(RingEntries));
        RingBurst.Init(ring, "npn-loop", RingEntries, RingFlags.SingleProducer | RingFlags.SingleConsumer);
        return ring;
    }

    private void* Allocate(nuint bytes)
    {
        void* block = NativeMemory.AlignedAlloc(bytes, CacheLineBytes);
        NativeMemory.Clear(block, bytes);
        _memory.Add((nint)block);
        return block;
    }
}
