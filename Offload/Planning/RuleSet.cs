using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Planning;

/// <summary>
/// The rules of one unit, ready for the NIC, or of a group that units share. Drops and passes depend on all the punts.
/// </summary>
internal sealed record RuleSet(
    string Pod, Direction Direction, ImmutableArray<PlannedRule> Punts, ImmutableArray<PlannedRule> Verdicts)
{
    /// <summary>The unit's address; with <see cref="Direction"/> it names the set among those of the units.</summary>
    internal IpAddr Own { get; init; }

    /// <summary>
    /// The set among <see cref="Shared"/> whose rules drop what <see cref="Verdicts"/> only lead to; null where those drop.
    /// </summary>
    internal RuleSet? Drops { get; init; }

    /// <summary>It drops less than the policy denies, for want of priorities: drops of single pairs add to it.</summary>
    internal bool IsPartial { get; init; }

    /// <summary>Sets that this one needs and other sets too, by reference; what is jumped to comes first.</summary>
    internal ImmutableArray<RuleSet> Shared { get; init; } = [];

    /// <summary>The entries of a group of peers, by peer, which are among the punts; empty for other sets.</summary>
    internal ImmutableArray<PlannedRule> Entries { get; init; } = [];

    /// <summary>What differs from the set that this one replaces; null where it replaces none.</summary>
    internal RuleSetChange? Change { get; init; }

    /// <summary>Its rules without those that it shares by reference.</summary>
    internal IEnumerable<PlannedRule> Unshared => Punts.Concat(Verdicts);

    internal IEnumerable<PlannedRule> All => Shared.SelectMany(set => set.All).Concat(Unshared);

    internal int Count => Shared.Sum(set => set.Count) + Punts.Length + Verdicts.Length;
}
