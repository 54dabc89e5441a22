using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Planning;

/// <summary>The rules of one unit, ready for the NIC. Drops and passes depend on all the punts.</summary>
internal sealed record RuleSet(
    string Pod, Direction Direction, ImmutableArray<PlannedRule> Punts, ImmutableArray<PlannedRule> Verdicts)
{
    internal IEnumerable<PlannedRule> All => Punts.Concat(Verdicts);

    internal int Count => Punts.Length + Verdicts.Length;
}
