using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Planning;

/// <summary>The rules of one unit, ready for the NIC. Drops and passes depend on all the punts.</summary>
internal sealed record RuleSet(
    string Pod, Direction Direction, ImmutableArray<PlannedRule> Punts, ImmutableArray<PlannedRule> Verdicts)
{
    /// <summary>The unit's address; with <see cref="Direction"/> it names the set among those of the units.</summary>
    internal IpAddr Own { get; init; }

    internal IEnumerable<PlannedRule> All => Punts.Concat(Verdicts);

    internal int Count => Punts.Length + Verdicts.Length;
}
