using System.Runtime.CompilerServices;

namespace NetPolNic.Fallback.Conntrack;

/// <summary>
/// How many connections each endpoint is charged with, so that no pod fills the table alone. Open addressing; an
/// endpoint without a connection takes no slot.
/// </summary>
[HotPath]
internal unsafe struct PodQuota
{
    public PodCount* Counts;

    /// <summary>Slots - 1, a power of two less one.</summary>
    public uint Mask;

    /// <summary>Connections that one endpoint may have.</summary>
    public uint MaxPerPod;

    private uint _used;

    /// <summary>Whether an endpoint may have one more; endpoint 0 is nobody's.</summary>
    public readonly bool HasRoom(uint id) => id == 0 || Counts[SlotOf(id)].Count < MaxPerPod;

    /// <summary>Counts one more.</summary>
    public void Charge(uint id)
    {
        if (id == 0)
        {
            return;
        }

        PodCount* count = Counts + SlotOf(id);
        if (count->Count == 0)
        {
            // Half of the slots stay free. Endpoints beyond that are not counted: there are no such nodes.
            if (_used > Mask / 2)
            {
                return;
            }

            count->Id = id;
            _used++;
        }

        count->Count++;
    }

    /// <summary>Counts one less.</summary>
    public void Release(uint id)
    {
        PodCount* count = Counts + SlotOf(id);
        if (id == 0 || count->Count == 0)
        {
            return;
        }

        count->Count--;
        if (count->Count == 0)
        {
            _used--;
            CloseGap((uint)(count - Counts));
        }
    }

    public void Clear()
    {
        _used = 0;
        for (uint i = 0; i <= Mask; i++)
        {
            Counts[i] = default;
        }
    }

    /// <summary>The slot of an endpoint, or the free one where it would stand.</summary>
    private readonly uint SlotOf(uint id)
    {
        uint slot = Home(id);
        while (Counts[slot].Count != 0 && Counts[slot].Id != id)
        {
            slot = (slot + 1) & Mask;
        }

        return slot;
    }

    // The numbers are ours and count up: no sender chooses them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly uint Home(uint id) => unchecked(id * 0x9e3779b1u >> 7) & Mask;

    /// <summary>Moves what stands behind a freed slot forward, so that every search ends at a free one.</summary>
    private readonly void CloseGap(uint gap)
    {
        for (uint slot = (gap + 1) & Mask; Counts[slot].Count != 0; slot = (slot + 1) & Mask)
        {
            uint home = Home(Counts[slot].Id);
            if (unchecked((slot - home) & Mask) >= unchecked((slot - gap) & Mask))
            {
                Counts[gap] = Counts[slot];
                Counts[slot] = default;
                gap = slot;
            }
        }
    }
}

/// <summary>One slot; free where the count is 0.</summary>
internal struct PodCount
{
    public uint Id;
    public uint Count;
}
