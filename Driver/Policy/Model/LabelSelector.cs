using System.Collections.Immutable;

namespace NetPolNic.Policy.Model;

/// <summary>Operator of a label requirement.</summary>
public enum LabelOperator : byte
{
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// <summary>One entry of matchExpressions; matchLabels entries are <see cref="LabelOperator.In"/> with one value.</summary>
public sealed record LabelRequirement(string Key, LabelOperator Operator, ImmutableArray<string> Values);

/// <summary>A label selector: all requirements are ANDed; none selects everything (SEMANTICS b6).</summary>
public sealed record LabelSelector(ImmutableArray<LabelRequirement> Requirements)
{
    /// <summary>The empty selector, which selects everything.</summary>
    public static LabelSelector Everything { get; } = new([]);
}
