using System.Collections.Immutable;

namespace NetPolNic.Policy.Model;

/// <summary>A label selector: all requirements are ANDed; none selects everything (SEMANTICS b6).</summary>
public sealed record LabelSelector(ImmutableArray<LabelRequirement> Requirements)
{
    /// <summary>The empty selector, which selects everything.</summary>
    public static LabelSelector Everything { get; } = new([]);
}
