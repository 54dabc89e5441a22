using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>One rule of a plan.</summary>
/// <param name="Key">Hash of <paramref name="Spec"/>.</param>
/// <param name="Spec">What rte_flow is told.</param>
/// <param name="Verdict">What that means.</param>
/// <param name="Pod">"namespace/name" of the pod it serves; of the first one by name where several share it.</param>
/// <param name="Direction">Direction of that pod.</param>
/// <param name="Origins">The lines of policy that it comes from; empty for exempt peers and passes.</param>
/// <param name="DependsOn">
/// Keys of the punts without which this rule must not be in the NIC; empty for a punt. Shared between rules.
/// </param>
public sealed record PlannedRule(
    RuleKey Key,
    FlowSpec Spec,
    RuleVerdict Verdict,
    string Pod,
    Direction Direction,
    ImmutableArray<RuleOrigin> Origins,
    ImmutableArray<RuleKey> DependsOn)
{
    /// <summary>
    /// It drops one peer's packets to or from one pod, because measured traffic made that worth a place in a table that is
    /// too small for all rules.
    /// </summary>
    public bool IsHotPair { get; init; }

    /// <summary>The pattern in testpmd's syntax.</summary>
    public string Pattern => TestpmdSyntax.FormatPattern(Spec.Pattern);

    /// <summary>The actions in testpmd's syntax.</summary>
    public string Actions => TestpmdSyntax.FormatActions(Spec.Actions);

    /// <summary>What two pods that need the same rule say together; in any order the same.</summary>
    internal PlannedRule MergedWith(PlannedRule other)
    {
        if (ReferenceEquals(this, other))
        {
            return this;
        }

        int order = string.CompareOrdinal(Pod, other.Pod);
        PlannedRule first = order < 0 || (order == 0 && Direction <= other.Direction) ? this : other;
        return first with
        {
            IsHotPair = IsHotPair && other.IsHotPair,
            Origins = [.. Origins.Union(other.Origins).Order()],
            DependsOn = DependsOn.AsSpan().SequenceEqual(other.DependsOn.AsSpan())
                ? first.DependsOn
                : [.. DependsOn.Union(other.DependsOn).Order()],
        };
    }

    /// <summary>For example "0/1 drop eth / ipv4 dst is 10.0.0.5 / tcp / end actions count / drop / end".</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Spec.Attr.Group}/{Spec.Attr.Priority} {Verdict} {Pattern} actions {Actions}");
}
