using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>Makes one direction of an endpoint from the rules that speak for it.</summary>
internal static class DirectionAssembly
{
    /// <summary>The union of all rules (S-a8, S-b3).</summary>
    /// <param name="entries">The rules of every policy that speaks.</param>
    /// <param name="isolating">Those policies that isolate.</param>
    /// <param name="direction">The direction.</param>
    /// <param name="annotatedSpace">The namespace whose annotation isolates too (S-a3), or "".</param>
    /// <param name="intern">The shared policy set of canonical rules.</param>
    public static EndpointDirection Make(
        IEnumerable<RuleMerger.Entry> entries,
        IEnumerable<NetworkPolicy> isolating,
        Direction direction,
        string annotatedSpace,
        Func<IEnumerable<AllowRule>, PolicySet> intern)
    {
        IEnumerable<RuleOrigin> isolatedBy = isolating
            .Select(p => new RuleOrigin(p.Uid, p.Namespace, p.Name, direction, -1, -1, -1));
        if (annotatedSpace.Length > 0)
        {
            isolatedBy = isolatedBy.Append(RuleOrigin.OfAnnotation(annotatedSpace));
        }

        List<RuleMerger.Entry> merged = RuleMerger.Merge(entries);
        return new EndpointDirection(
            intern(merged.Select(e => e.Rule)),
            [.. RuleOrigin.SortedDistinct(isolatedBy)],
            [.. merged.Select(e => ImmutableArray.CreateRange(e.Origins))]);
    }
}
