namespace Dpdk.Flow;

/// <summary>
/// The rules of one port in no order; each knows its place, so that nothing is looked up, and none moves, so that a removal
/// touches one rule only.
/// </summary>
internal sealed class InstalledRules
{
    private FlowRule?[] _rules = new FlowRule?[64];
    private int[] _free = new int[64];
    private int _used;
    private int _freed;

    /// <summary>How many there are.</summary>
    internal int Count => _used - _freed;

    internal void Add(FlowRule rule)
    {
        int slot;
        if (_freed > 0)
        {
            slot = _free[--_freed];
        }
        else
        {
            if (_used == _rules.Length)
            {
                Array.Resize(ref _rules, 2 * _used);
                Array.Resize(ref _free, 2 * _used);
            }

            slot = _used++;
        }

        rule.Slot = slot;
        _rules[slot] = rule;
    }

    internal void Remove(FlowRule rule)
    {
        _rules[rule.Slot] = null;
        _free[_freed++] = rule.Slot;
    }

    internal void Clear()
    {
        Array.Clear(_rules, 0, _used);
        _used = 0;
        _freed = 0;
    }

    internal FlowRule[] ToArray() => [.. _rules.AsSpan(0, _used).ToArray().OfType<FlowRule>()];
}
