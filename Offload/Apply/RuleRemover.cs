using System.Runtime.InteropServices;

namespace NetPolNic.Offload.Apply;

/// <summary>
/// Destroys rules, newest first and as many at once as the NIC takes. One that the driver keeps is asked for once in a step,
/// and a punt is put before it.
/// </summary>
internal sealed class RuleRemover
{
    private readonly RuleBook _book;
    private readonly GroupGuard _guard;
    private readonly HashSet<RuleState> _kept = [];
    private readonly List<RuleState> _batch = [];

    internal RuleRemover(RuleBook book, GroupGuard guard)
    {
        _book = book;
        _guard = guard;
    }

    /// <summary>Every rule may be asked for again.</summary>
    internal void BeginStep() => _kept.Clear();

    /// <summary>
    /// Unwanted drops and passes that would not go away earlier, then punts that nothing in the NIC depends on; what only
    /// they depended on follows.
    /// </summary>
    internal void TearDown()
    {
        int before;
        do
        {
            before = _book.Destroyed;
            RemoveUnwanted(_ => true);
            RemoveIdlePunts();
        }
        while (_book.Destroyed > before && _book.Suspect.Count + _book.Idle.Count > 0);
    }

    /// <summary>Drops and passes that are not desired, or that lack what they depend on.</summary>
    // Neutralisers come after the destructions, which make room for them; a full table does not keep them from trying.
    internal void RemoveUnwanted(Func<RuleState, bool> which)
    {
        List<RuleState> open = [.. NewestFirst(_book.Suspect).Where(which)];
        int before;
        do
        {
            before = _book.Destroyed;
            List<RuleState> needed = [];
            foreach (RuleState state in open)
            {
                if (state.Desired is { } rule && _book.HasAll(rule.DependsOn) && !_guard.LeadsAstray(rule))
                {
                    _book.SetDestroyRefusal(state, null);
                    _book.Suspect.Remove(state);
                }
                else if (state.NeededBy == 0)
                {
                    Remove(state);
                }
                else
                {
                    needed.Add(state);
                }
            }

            RemoveBatch();
            open = needed;
        }
        while (_book.Destroyed > before && open.Count > 0);

        Neutralise();
    }

    private void RemoveIdlePunts()
    {
        List<RuleState> idle = NewestFirst(_book.Idle);
        foreach (RuleState state in idle.Where(state => state.NeededBy > 0))
        {
            _book.SetDestroyRefusal(state, null);
            _book.Idle.Remove(state);
        }

        // Only now it is known which rules are stuck, and need theirs.
        HashSet<Planning.RuleKey> neutralisers = _book.Idle.Count > 0 ? _guard.Neutralisers() : [];
        HashSet<uint>? ledTo = null;
        foreach (RuleState state in idle.Where(state => state.NeededBy == 0))
        {
            if (neutralisers.Contains(state.Key))
            {
                _book.SetDestroyRefusal(state, null);
            }
            else if (state.Desired is null || !(ledTo ??= _guard.StillLedTo()).Contains(state.Group))
            {
                Remove(state);
            }
        }

        RemoveBatch();
        Neutralise();
    }

    private void Remove(RuleState state)
    {
        if (_kept.Contains(state))
        {
            return;
        }

        _batch.Add(state);
        if (_batch.Count == _book.BatchSize)
        {
            RemoveBatch();
        }
    }

    private void RemoveBatch()
    {
        if (_batch.Count == 0)
        {
            return;
        }

        bool[] gone = _book.Destroy(CollectionsMarshal.AsSpan(_batch));
        for (int i = 0; i < gone.Length; i++)
        {
            if (!gone[i])
            {
                _kept.Add(_batch[i]);
            }
        }

        _batch.Clear();
    }

    private void Neutralise()
    {
        foreach (RuleState state in _kept)
        {
            _guard.Neutralise(state.Installed!);
        }
    }

    private static List<RuleState> NewestFirst(HashSet<RuleState> states)
    {
        List<RuleState> sorted = [.. states];
        sorted.Sort((x, y) => y.Installed!.Sequence.CompareTo(x.Installed!.Sequence));
        return sorted;
    }
}
