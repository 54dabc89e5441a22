using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>Plans with groups numbered in the order in which packets get there, so that equal plans look equal.</summary>
internal static class CanonicalGroups
{
    internal static ImmutableArray<PlannedRule> Of(IEnumerable<PlannedRule> rules)
    {
        ImmutableArray<PlannedRule> all = [.. rules];
        Dictionary<uint, uint> numbers = new() { [0] = 0, [1] = 1, [2] = 2 };
        ILookup<uint, PlannedRule> groups = all.ToLookup(rule => rule.Spec.Attr.Group);
        Queue<uint> open = new([0u, 1u, 2u]);
        while (open.TryDequeue(out uint group))
        {
            foreach (PlannedRule rule in groups[group].OrderBy(rule => rule.Spec.Attr.Priority)
                .ThenBy(rule => rule.Pattern, StringComparer.Ordinal))
            {
                foreach (JumpAction jump in rule.Spec.Actions.OfType<JumpAction>())
                {
                    if (numbers.TryAdd(jump.Group, (uint)numbers.Count))
                    {
                        open.Enqueue(jump.Group);
                    }
                }
            }
        }

        Assert.All(all, rule => Assert.True(numbers.ContainsKey(rule.Spec.Attr.Group), $"nothing leads to {rule}"));
        Dictionary<RuleKey, FlowSpec> specs = all.ToDictionary(rule => rule.Key, rule => Renumber(rule.Spec, numbers));
        return
        [
            .. all.Select(rule => rule with
            {
                Key = RuleKey.Of(specs[rule.Key]),
                Spec = specs[rule.Key],
                DependsOn = [.. rule.DependsOn.Select(key => RuleKey.Of(specs[key]))],
            }),
        ];
    }

    private static FlowSpec Renumber(FlowSpec spec, Dictionary<uint, uint> numbers) => new(
        spec.Attr with { Group = numbers[spec.Attr.Group] },
        spec.Pattern,
        [.. spec.Actions.Select(action => action is JumpAction jump ? new JumpAction(numbers[jump.Group]) : action)]);
}
