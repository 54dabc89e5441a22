using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Dpdk.Raw;

namespace Dpdk.Flow;

/// <summary>
/// A <see cref="FlowSpec"/> in native memory, as rte_flow takes it: attributes, END-terminated pattern and actions, and
/// one block per item for spec, last and mask. In memory of its own, freed by <see cref="Dispose"/>, or in a buffer that
/// is written over by the next rule; drivers copy what they keep. Not to be copied: one copy is disposed of.
/// </summary>
internal unsafe struct NativeFlowRule : IDisposable
{
    /// <summary>Bytes for one item structure; the largest has 44.</summary>
    internal const int BlockBytes = 64;

    private readonly int _itemCount;
    private readonly int _actionCount;
    private readonly byte* _itemBlocks;
    private readonly byte* _actionBlocks;
    private byte* _memory;
    private readonly bool _isBorrowed;

    /// <summary>Writes the rule.</summary>
    /// <param name="spec">The rule.</param>
    /// <param name="buffer">Where to write it; null: in memory of its own.</param>
    /// <exception cref="ArgumentException">A value does not fit its field, or an item or action has an unknown
    /// type.</exception>
    internal NativeFlowRule(FlowSpec spec, NativeFlowBuffer? buffer = null)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ImmutableArray<FlowItem> items = spec.Pattern.IsDefault ? [] : spec.Pattern;
        ImmutableArray<FlowAction> actions = spec.Actions.IsDefault ? [] : spec.Actions;
        _itemCount = items.Length;
        _actionCount = actions.Length;
        int patternBytes = (_itemCount + 1) * sizeof(rte_flow_item);
        int actionsBytes = (_actionCount + 1) * sizeof(rte_flow_action);
        int itemBlockBytes = _itemCount * 3 * BlockBytes;
        int actionBlockBytes = _actionCount * BlockBytes;
        int queueBytes = QueuesOf(actions) * sizeof(ushort);
        int total = BlockBytes + itemBlockBytes + actionBlockBytes + patternBytes + actionsBytes + queueBytes;
        _isBorrowed = buffer is not null;
        _memory = buffer is null ? (byte*)NativeMemory.AlignedAlloc((nuint)total, BlockBytes) : buffer.Take(total);
        NativeMemory.Clear(_memory, (nuint)total);
        Attr = (rte_flow_attr*)_memory;
        _itemBlocks = _memory + BlockBytes;
        _actionBlocks = _itemBlocks + itemBlockBytes;
        Pattern = (rte_flow_item*)(_actionBlocks + actionBlockBytes);
        Actions = (rte_flow_action*)((byte*)Pattern + patternBytes);
        try
        {
            WriteAttr(spec.Attr);
            for (int i = 0; i < items.Length; i++)
            {
                WriteItem(i, items[i]);
            }

            WriteActions(actions, (ushort*)((byte*)Actions + actionsBytes));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The attributes.</summary>
    internal rte_flow_attr* Attr { get; }

    /// <summary>The items and END.</summary>
    internal rte_flow_item* Pattern { get; }

    /// <summary>The actions and END.</summary>
    internal rte_flow_action* Actions { get; }

    /// <summary>Makes it another rule with as many items and the same actions.</summary>
    /// <param name="spec">The other rule.</param>
    /// <param name="written">The items as they stand here; of those alike only the values are written.</param>
    /// <exception cref="ArgumentException">A value does not fit its field.</exception>
    internal readonly void Rewrite(FlowSpec spec, ImmutableArray<FlowItem> written)
    {
        WriteAttr(spec.Attr);
        ImmutableArray<FlowItem> items = spec.Pattern;
        for (int i = 0; i < items.Length; i++)
        {
            byte* blocks = _itemBlocks + (i * 3 * BlockBytes);
            if (!ReferenceEquals(items[i], written[i]) && !ItemPatcher.TryPatch(items[i], written[i], blocks))
            {
                NativeMemory.Clear(blocks, 3 * BlockBytes);
                WriteItem(i, items[i]);
            }
        }
    }

    /// <summary>Frees the memory; pointers into it are invalid afterwards.</summary>
    public void Dispose()
    {
        if (!_isBorrowed)
        {
            NativeMemory.AlignedFree(_memory);
        }

        _memory = null;
    }

    /// <summary>
    /// Index of the item that a pointer points into, be it the item or its spec, last or mask; -1 for none.
    /// </summary>
    internal readonly int ItemIndexOf(void* cause)
    {
        int index = IndexIn(cause, Pattern, sizeof(rte_flow_item), _itemCount);
        return index >= 0 ? index : IndexIn(cause, _itemBlocks, 3 * BlockBytes, _itemCount);
    }

    /// <summary>
    /// Index of the action that a pointer points into, be it the action or its configuration; -1 for none.
    /// </summary>
    internal readonly int ActionIndexOf(void* cause)
    {
        int index = IndexIn(cause, Actions, sizeof(rte_flow_action), _actionCount);
        return index >= 0 ? index : IndexIn(cause, _actionBlocks, BlockBytes, _actionCount);
    }

    private static int IndexIn(void* pointer, void* start, int elementBytes, int count)
    {
        // A driver may point anywhere: a distance that wraps around is larger than any block.
        ulong offset = unchecked((ulong)pointer - (ulong)start);
        return offset < (ulong)(elementBytes * count) ? (int)(offset / (ulong)elementBytes) : -1;
    }

    private static int QueuesOf(ImmutableArray<FlowAction> actions)
    {
        int count = 0;
        foreach (FlowAction action in actions)
        {
            count += action is RssAction { Queues: { IsDefault: false } queues } ? queues.Length : 0;
        }

        return count;
    }

    private readonly void WriteAttr(FlowAttr attr)
    {
        Attr->group = attr.Group;
        Attr->priority = attr.Priority;
        Attr->SetDirections(attr.Ingress, attr.Egress, attr.Transfer);
    }

    private readonly void WriteItem(int index, FlowItem item)
    {
        ItemBlocks blocks = new(_itemBlocks + (index * 3 * BlockBytes));
        Pattern[index].type = ItemWriter.Write(item, ref blocks);
        Pattern[index].spec = blocks.HasFields ? blocks.Spec : null;
        Pattern[index].mask = blocks.HasFields ? blocks.Mask : null;
        Pattern[index].last = blocks.HasRange ? blocks.Last : null;
    }

    private void WriteActions(ImmutableArray<FlowAction> actions, ushort* queues)
    {
        for (int i = 0; i < actions.Length; i++)
        {
            byte* block = _actionBlocks + (i * BlockBytes);
            Actions[i].type = ActionWriter.Write(actions[i], block, ref queues, out bool hasConf);
            Actions[i].conf = hasConf ? block : null;
        }
    }
}
