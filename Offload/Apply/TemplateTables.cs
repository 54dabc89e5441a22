using System.Runtime.InteropServices;
using Dpdk.Flow;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Apply;

/// <summary>
/// The template tables of a port, by the shape of their rules: made when a rule of that shape comes, each twice as large as
/// those before, and removed when empty.
/// </summary>
internal sealed class TemplateTables
{
    private const int LeastCapacity = 8;
    private const int MostCapacity = 1 << 16;

    private readonly IFlowOperations _queue;
    private readonly Dictionary<RuleKey, List<Slot>> _slots = [];
    private readonly HashSet<Slot> _empty = [];

    internal TemplateTables(IFlowOperations queue) => _queue = queue;

    /// <summary>A table that is full with the rules it holds or is to hold; null where the driver will have none.</summary>
    /// <param name="shape">The shape's key.</param>
    /// <param name="spec">A rule of that shape.</param>
    /// <param name="expected">Rules of the shape that are to come now, this one included.</param>
    /// <param name="rejection">Why there is none, or null.</param>
    internal Slot? Take(RuleKey shape, FlowSpec spec, int expected, out RuleRejection? rejection)
    {
        rejection = null;
        ref List<Slot>? slots = ref CollectionsMarshal.GetValueRefOrAddDefault(_slots, shape, out _);
        slots ??= [];
        int capacity = 0;
        foreach (Slot slot in slots)
        {
            if (slot.Count < slot.Capacity)
            {
                slot.Count++;
                _empty.Remove(slot);
                return slot;
            }

            capacity += slot.Capacity;
        }

        capacity = Math.Clamp(Math.Max(expected, capacity), LeastCapacity, MostCapacity);
        capacity = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity);
        FlowSpec of = FlowShape.Of(spec);
        (object? table, rejection) = _queue.CreateTable(of, capacity);
        while (table is null && rejection is { Reason: RejectReason.TableFull } && capacity > 1)
        {
            // A driver may set the room aside: there may be some for fewer.
            capacity /= 2;
            (table, rejection) = _queue.CreateTable(of, capacity);
        }

        if (table is null)
        {
            rejection ??= new RuleRejection(RejectReason.Other, FlowErrorType.None, -1, 0, null);
            return null;
        }

        Slot made = new(shape, table, capacity) { Count = 1 };
        slots.Add(made);
        return made;
    }

    /// <summary>A rule of the table is gone, or has not come.</summary>
    internal void Return(Slot slot)
    {
        if (--slot.Count == 0)
        {
            _empty.Add(slot);
        }
    }

    /// <summary>Removes the tables without rules; those that the driver keeps are asked for again the next time.</summary>
    internal void RemoveEmpty()
    {
        if (_empty.Count == 0)
        {
            return;
        }

        foreach (Slot slot in _empty.ToList())
        {
            if (_queue.DestroyTable(slot.Table) is null)
            {
                _empty.Remove(slot);
                List<Slot> slots = _slots[slot.Shape];
                slots.Remove(slot);
                if (slots.Count == 0)
                {
                    _slots.Remove(slot.Shape);
                }
            }
        }
    }

    /// <summary>All tables are gone.</summary>
    internal void Clear()
    {
        _slots.Clear();
        _empty.Clear();
    }

    /// <summary>A template table.</summary>
    internal sealed class Slot(RuleKey shape, object table, int capacity)
    {
        internal RuleKey Shape { get; } = shape;

        internal object Table { get; } = table;

        internal int Capacity { get; } = capacity;

        /// <summary>Rules that it holds, or is to hold.</summary>
        internal int Count { get; set; }
    }
}
