namespace NetPolNic.Offload.Planning.Budget;

/// <summary>Passes and what they depend on: in the table all together or not at all, as they save the least.</summary>
/// <param name="ledger">Counts their rules.</param>
/// <param name="changed">Called at each change.</param>
internal sealed class ChosenPasses(RuleLedger ledger, Action changed)
{
    private readonly HashSet<RuleSet> _sets = new(ReferenceEqualityComparer.Instance);

    /// <summary>They are in the table, or would be if there were any.</summary>
    internal bool ArePlaced { get; private set; } = true;

    internal void Add(RuleSet set)
    {
        _sets.Add(set);
        if (ArePlaced)
        {
            ledger.Add(set);
        }
    }

    internal void Remove(RuleSet set)
    {
        _sets.Remove(set);
        if (ArePlaced)
        {
            ledger.Remove(set);
        }
    }

    /// <summary>Puts them in, if they fit into a table of so many rules.</summary>
    internal void Place(int size)
    {
        bool come = !ArePlaced;
        Set(placed: true);
        if (come && ledger.Count > size)
        {
            Set(placed: false);
        }
    }

    internal void TakeOut() => Set(placed: false);

    private void Set(bool placed)
    {
        if (ArePlaced == placed)
        {
            return;
        }

        ArePlaced = placed;
        changed();
        foreach (RuleSet set in _sets)
        {
            if (placed)
            {
                ledger.Add(set);
            }
            else
            {
                ledger.Remove(set);
            }
        }

        ledger.Settle();
    }
}
