using Dpdk.Flow;

namespace NetPolNic.Offload.Tests.Apply;

/// <summary>Executes grouped rules on every packet of a <see cref="GroupedPolicy"/>; a miss above group 0 drops.</summary>
internal static class GroupedTable
{
    /// <summary>The first packet that is dropped and allowed, or that equal rules disagree about, in words; or null.</summary>
    internal static string? FirstWrong(IEnumerable<FlowSpec> rules, GroupedPolicy policy)
    {
        Dictionary<uint, FlowSpec[]> groups = rules.GroupBy(rule => rule.Attr.Group)
            .ToDictionary(group => group.Key, group => group.OrderBy(rule => rule.Attr.Priority).ToArray());
        for (int pod = 0; pod < 3; pod++)
        {
            for (int peer = 0; peer < GroupedPolicy.Peers; peer++)
            {
                for (int port = 0; port < GroupedPolicy.Ports; port++)
                {
                    if (IsDropped(groups, pod, peer, port, null) && policy.Allows(pod, peer, port))
                    {
                        List<FlowSpec> path = [];
                        IsDropped(groups, pod, peer, port, path);
                        IEnumerable<FlowSpec> all = groups.Values.SelectMany(group => group);
                        return $"pod {pod} peer {peer} port {port} is dropped:\n{Show(path)}\nin\n{Show(all)}";
                    }
                }
            }
        }

        return null;
    }

    private static string Show(IEnumerable<FlowSpec> rules) =>
        string.Join('\n', rules.Select(rule => $"  {TestpmdSyntax.Format(rule, 0)}"));

    private static bool IsDropped(Dictionary<uint, FlowSpec[]> groups, int pod, int peer, int port, List<FlowSpec>? path)
    {
        uint group = 0;
        for (int jumps = 0; jumps < 64; jumps++)
        {
            FlowSpec? best = null;
            foreach (FlowSpec rule in groups.GetValueOrDefault(group, []))
            {
                bool isTie = best is null || best.Attr.Priority == rule.Attr.Priority;
                if (!isTie)
                {
                    break;
                }

                if (Matches(rule.Pattern[0], pod, peer, port))
                {
                    Assert.True(best is null || best.Actions[0] == rule.Actions[0], "equal rules disagree");
                    best ??= rule;
                }
            }

            if (best is null)
            {
                return group > 0;
            }

            path?.Add(best);
            if (best.Actions[0] is not JumpAction jump)
            {
                return best.Actions[0] is DropAction;
            }

            group = jump.Group;
        }

        throw new InvalidOperationException("the rules jump in a circle");
    }

    private static bool Matches(FlowItem item, int pod, int peer, int port) => item switch
    {
        Ipv4Item { Dst: { } own } => own.Spec == 0x0a010000u + (uint)pod,
        Ipv4Item { Src: { } src } => ((0x0a020000u + (uint)peer) & src.Mask) == (src.Spec & src.Mask),
        TcpItem { DstL4Port: { } at } => at.Spec == port,
        _ => true,
    };
}
