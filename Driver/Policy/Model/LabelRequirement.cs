using System.Collections.Immutable;

namespace NetPolNic.Policy.Model;

/// <summary>
/// One entry of matchExpressions; matchLabels entries are <see cref="LabelOperator.In"/> with one value.
/// </summary>
public sealed record LabelRequirement(string Key, LabelOperator Operator, ImmutableArray<string> Values);
