using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Planning.Budget;

/// <summary>Names a unit by content: no two pods have plans for the same address and direction.</summary>
internal readonly record struct UnitKey(IpAddr Own, Direction Direction)
{
    internal static UnitKey Of(RuleSet set) => new(set.Own, set.Direction);
}
