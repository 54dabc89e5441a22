namespace Dpdk.Flow;

/// <summary>The rules of one port in no order; each knows its place, so that nothing is looked up.</summary>
internal sealed class InstalledRules
{
    private FlowRule?[] _rules = new FlowRule?[64];

    /// <summary>How many there are.</summary>
    internal int Count { get; private set; }

    internal void Add(FlowRule rule)
    {
        if (Count == _rules.Length)
        {
            Array.Resize(ref _rules, 2 * Count);
        }

        rule.Slot = Count;
        _rules[Count++] = rule;
    }

    internal void Remove(FlowRule rule)
    {
        FlowRule last = _rules[--Count]!;
        _rules[Count] = null;
        if (!ReferenceEquals(last, rule))
        {
            last.Slot = rule.Slot;
            _rules[rule.Slot] = last;
        }
    }

    internal void Clear()
    {
        Array.Clear(_rules, 0, Count);
        Count = 0;
    }

    internal FlowRule[] ToArray() => _rules.AsSpan(0, Count).ToArray()!;
}
