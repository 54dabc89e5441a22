using System.Collections.Immutable;
using Dpdk.Flow;

namespace NetPolNic.Offload.Planning;

/// <summary>Attributes and actions that a class of rules has in common.</summary>
public sealed record RuleTemplate(FlowAttr Attr, ImmutableArray<FlowAction> Actions)
{
    /// <summary>A rule of the class.</summary>
    public FlowSpec With(ImmutableArray<FlowItem> pattern) => new(Attr, pattern, Actions);
}
