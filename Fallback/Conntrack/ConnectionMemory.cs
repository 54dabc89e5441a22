using System.Numerics;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback.Conntrack;

/// <summary>Owns the memory of a connection table. Control threads.</summary>
internal sealed unsafe class ConnectionMemory : IDisposable
{
    /// <summary>A group of slots, so that every key has sixteen candidates at least.</summary>
    private const int MinCapacity = (int)ConnectionTable.GroupSlots;

    private const int QuotaSlots = 1 << 14;

    private readonly NativeBlock<Connection> _slots;
    private readonly NativeBlock<ConnectionStamp> _stamps;
    private readonly NativeBlock<byte> _tags;
    private readonly NativeBlock<DispensableSlot> _queue;
    private readonly NativeBlock<PodCount> _quota = new(QuotaSlots);

    /// <summary>Makes the memory of a table.</summary>
    /// <param name="capacity">Connections; rounded up to a power of two, at least 16.</param>
    /// <param name="maxPerPod">Connections of one pod; 0: a quarter of the capacity.</param>
    public ConnectionMemory(int capacity, int maxPerPod)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfNegative(maxPerPod);
        Capacity = checked((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, MinCapacity)));
        MaxPerPod = maxPerPod == 0 ? Math.Max(Capacity / 4, MinCapacity) : maxPerPod;
        _slots = new NativeBlock<Connection>(checked(2 * Capacity));
        _stamps = new NativeBlock<ConnectionStamp>(2 * Capacity);
        _tags = new NativeBlock<byte>(2 * Capacity);
        _queue = new NativeBlock<DispensableSlot>(2 * Capacity);
    }

    /// <summary>Connections that fit.</summary>
    public int Capacity { get; }

    /// <summary>Connections that one pod may have.</summary>
    public int MaxPerPod { get; }

    public long MemoryBytes =>
        _slots.MemoryBytes + _stamps.MemoryBytes + _tags.MemoryBytes + _queue.MemoryBytes + _quota.MemoryBytes;

    /// <summary>An empty table in this memory; there may be one at a time.</summary>
    /// <param name="seed">Random, so that nobody can aim at a slot.</param>
    /// <param name="counters">The worker's counters.</param>
    public ConnectionTable NewTable(ulong seed, WorkerCounterBlock* counters) => new()
    {
        Slots = _slots.Pointer,
        Stamps = _stamps.Pointer,
        Tags = _tags.Pointer,
        Queue = _queue.Pointer,
        Counters = counters,
        Quota = new PodQuota { Counts = _quota.Pointer, Mask = QuotaSlots - 1, MaxPerPod = (uint)MaxPerPod },
        Seed = seed,
        LeftSeed = Hashing.LeftSeed(seed),
        RightSeed = Hashing.RightSeed(seed),
        SlotMask = (uint)_slots.Length - 1,
        QueueMask = (uint)_queue.Length - 1,
        Capacity = Capacity,
    };

    /// <summary>Forgets all connections; the table's own state is reset apart.</summary>
    public void Clear()
    {
        _slots.Clear();
        _tags.Clear();
    }

    public void Dispose()
    {
        _slots.Dispose();
        _stamps.Dispose();
        _tags.Dispose();
        _queue.Dispose();
        _quota.Dispose();
    }
}
