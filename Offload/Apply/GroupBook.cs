using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Apply;

/// <summary>
/// The rules of groups above 0 that are between two plans: still in the NIC without being desired, or desired and not
/// there. Both are empty while nothing changes.
/// </summary>
internal sealed class GroupBook
{
    private readonly Dictionary<uint, HashSet<RuleState>> _strangers = [];
    private readonly Dictionary<uint, HashSet<RuleState>> _absent = [];

    /// <summary>Counts up whenever something here changes.</summary>
    internal long Version { get; private set; }

    /// <summary>Groups that lack punts which the plan has there.</summary>
    internal IEnumerable<uint> Incomplete => _absent.Keys;

    /// <summary>Rules in the NIC, in groups above 0, that are not desired.</summary>
    internal IEnumerable<RuleState> Strangers => _strangers.Values.SelectMany(group => group);

    /// <summary>Those of one group.</summary>
    internal IEnumerable<RuleState> StrangersIn(uint group) => _strangers.GetValueOrDefault(group) ?? [];

    /// <summary>Takes over what has become of a rule.</summary>
    internal void Note(RuleState state)
    {
        if (state.Group > 0)
        {
            Set(_strangers, state, state is { Desired: null, Installed: not null });
            Set(_absent, state, state is { Desired.Verdict: RuleVerdict.Punt, Installed: null });
        }
    }

    /// <summary>
    /// Punts of an earlier plan that new ones of their group must not come beside, because peers of the two may overlap: any
    /// where a new one is a jump, jumps in any case, and else those that have a new rule's place and pattern. A copy.
    /// </summary>
    internal List<RuleState> Clashes(Func<PlannedRule, bool> isPure)
    {
        List<RuleState> clashes = [];
        foreach ((uint group, HashSet<RuleState> strangers) in _strangers)
        {
            if (!_absent.TryGetValue(group, out HashSet<RuleState>? absent))
            {
                continue;
            }

            bool all = absent.Any(state => !isPure(state.Desired!));
            HashSet<RuleKey> places = all ? [] : [.. absent.Select(state => PlaceOf(state.Desired!))];
            clashes.AddRange(strangers.Where(state => state.Installed is { IsPunt: true } installed &&
                (all || !isPure(installed.Rule) || places.Contains(PlaceOf(installed.Rule)))));
        }

        return clashes;
    }

    private static RuleKey PlaceOf(PlannedRule rule) => RuleKey.Of(rule.Spec with { Actions = [] });

    private void Set(Dictionary<uint, HashSet<RuleState>> groups, RuleState state, bool isMember)
    {
        HashSet<RuleState>? group = groups.GetValueOrDefault(state.Group);
        if (isMember && group is null)
        {
            groups[state.Group] = group = [];
        }

        if (group is null || !(isMember ? group.Add(state) : group.Remove(state)))
        {
            return;
        }

        Version++;
        if (group.Count == 0)
        {
            groups.Remove(state.Group);
        }
    }
}
