using Dpdk.Flow;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Planning;

/// <summary>
/// A small plan with groups, whole: two pods of one policy. From 17 peers it takes TCP/80 and TCP/443, from two more TCP/9090; it may
/// ask one for names.
/// </summary>
public sealed class GroupedPlanTests(ITestOutputHelper output)
{
    private const string Expected = """
        group 0, 0: eth -> group 1
        group 1, 1: eth / ipv4 src is 10.0.0.1 dst is 10.0.0.1 -> fallback
        group 1, 1: eth / ipv4 src is 10.0.0.2 dst is 10.0.0.2 -> fallback
        group 1, 2: eth / ipv4 src is 10.0.0.1 -> group 3
        group 1, 2: eth / ipv4 src is 10.0.0.2 -> group 3
        group 1, 4: eth -> group 2
        group 2, 2: eth / ipv4 dst is 10.0.0.1 -> group 4
        group 2, 2: eth / ipv4 dst is 10.0.0.2 -> group 4
        group 2, 5: eth -> fallback
        group 3, 1: eth / ipv4 dst is 10.3.0.1 / udp dst is 53 -> group 2
        group 3, 2: eth / ipv4 fragment_offset spec 0x0 fragment_offset mask 0x3fff / tcp flags spec 0x2 flags mask 0x12 -> group 5
        group 3, 3: eth / ipv4 dst is 10.2.0.1 / tcp src is 9090 -> group 2
        group 3, 3: eth / ipv4 dst is 10.2.0.3 / tcp src is 9090 -> group 2
        group 3, 4: eth -> group 5
        group 4, 1: eth / ipv4 src is 10.2.0.1 / tcp dst is 9090 -> fallback
        group 4, 1: eth / ipv4 src is 10.2.0.3 / tcp dst is 9090 -> fallback
        group 4, 1: eth / ipv4 src is 10.3.0.1 / udp src is 53 -> fallback
        group 4, 4: eth -> group 6
        group 5, 2: eth / ipv4 fragment_offset spec 0x0 fragment_offset mask 0x3fff / tcp flags spec 0x2 flags mask 0x12 -> group 7
        group 5, 3: eth / ipv4 / tcp src is 443 -> group 8
        group 5, 3: eth / ipv4 / tcp src is 80 -> group 8
        group 5, 4: eth -> group 7
        group 5, 5: eth -> group 2
        group 6, 1: eth / ipv4 / tcp dst is 443 -> group 9
        group 6, 1: eth / ipv4 / tcp dst is 80 -> group 9
        group 6, 4: eth -> group 10
        group 6, 5: eth -> fallback
        group 7, 1: eth / ipv4 dst is 192.168.0.1 -> group 2
        group 7, 4: eth / ipv4 fragment_offset spec 0x0 fragment_offset mask 0x3fff / tcp -> drop
        group 7, 4: eth / ipv4 fragment_offset spec 0x0 fragment_offset mask 0x3fff / udp -> drop
        group 7, 4: eth / ipv4 proto is 132 -> drop
        group 7, 5: eth -> group 2
        group 8, 1: eth / ipv4 dst is 10.1.0.1 -> group 2
        group 8, 1: eth / ipv4 dst is 10.1.0.11 -> group 2
        group 8, 1: eth / ipv4 dst is 10.1.0.13 -> group 2
        group 8, 1: eth / ipv4 dst is 10.1.0.15 -> group 2
        group 8, 1: eth / ipv4 dst is 10.1.0.17 -> group 2
        group 8, 1: eth / ipv4 dst is 10.1.0.19 -> group 2
        group 8, 1: eth / ipv4 dst is 10.1.0.21 -> group 2
        group 8, 1: eth / ipv4 dst is 10.1.0.23 -> group 2
        group 8, 1: eth / ipv4 dst is 10.1.0.25 -> group 2
        group 8, 1: eth / ipv4 dst is 10.1.0.27 -> group 2
        group 8, 1: eth / ipv4 dst is 10.1.0.29 -> group 2
        group 8, 1: eth / ipv4 dst is 10.1.0.3 -> group 2
        group 8, 1: eth / ipv4 dst is 10.1.0.31 -> group 2
        group 8, 1: eth / ipv4 dst is 10.1.0.33 -> group 2
        group 8, 1: eth / ipv4 dst is 10.1.0.5 -> group 2
        group 8, 1: eth / ipv4 dst is 10.1.0.7 -> group 2
        group 8, 1: eth / ipv4 dst is 10.1.0.9 -> group 2
        group 8, 4: eth -> group 7
        group 8, 5: eth -> group 2
        group 9, 1: eth / ipv4 src is 10.1.0.1 -> fallback
        group 9, 1: eth / ipv4 src is 10.1.0.11 -> fallback
        group 9, 1: eth / ipv4 src is 10.1.0.13 -> fallback
        group 9, 1: eth / ipv4 src is 10.1.0.15 -> fallback
        group 9, 1: eth / ipv4 src is 10.1.0.17 -> fallback
        group 9, 1: eth / ipv4 src is 10.1.0.19 -> fallback
        group 9, 1: eth / ipv4 src is 10.1.0.21 -> fallback
        group 9, 1: eth / ipv4 src is 10.1.0.23 -> fallback
        group 9, 1: eth / ipv4 src is 10.1.0.25 -> fallback
        group 9, 1: eth / ipv4 src is 10.1.0.27 -> fallback
        group 9, 1: eth / ipv4 src is 10.1.0.29 -> fallback
        group 9, 1: eth / ipv4 src is 10.1.0.3 -> fallback
        group 9, 1: eth / ipv4 src is 10.1.0.31 -> fallback
        group 9, 1: eth / ipv4 src is 10.1.0.33 -> fallback
        group 9, 1: eth / ipv4 src is 10.1.0.5 -> fallback
        group 9, 1: eth / ipv4 src is 10.1.0.7 -> fallback
        group 9, 1: eth / ipv4 src is 10.1.0.9 -> fallback
        group 9, 4: eth -> group 10
        group 9, 5: eth -> fallback
        group 10, 1: eth / ipv4 src is 192.168.0.1 -> fallback
        group 10, 4: eth / ipv4 fragment_offset spec 0x0 fragment_offset mask 0x3fff / tcp -> drop
        group 10, 4: eth / ipv4 fragment_offset spec 0x0 fragment_offset mask 0x3fff / udp -> drop
        group 10, 4: eth / ipv4 proto is 132 -> drop
        group 10, 5: eth -> fallback
        """;

    [Fact]
    public void Is_as_written_down()
    {
        PolicySet ingress = PolicySet.Of(
        [
            new AllowRule(Peers("10.1.0.0", 17), Ports(L4Proto.Tcp, 80, 443)),
            new AllowRule(Peers("10.2.0.0", 2), Ports(L4Proto.Tcp, 9090)),
        ]);
        PolicySet egress = PolicySet.Of([new AllowRule(Peers("10.3.0.0", 1), Ports(L4Proto.Udp, 53))]);
        OffloadPlan plan = OffloadPlanner.Plan(
            Gens.SnapshotOf(
                Gens.Endpoint("a", ingress, egress, "10.0.0.1"), Gens.Endpoint("b", ingress, egress, "10.0.0.2")),
            NicProfiles.Load("mlx5"),
            PlanOptions.Default with { Count = false });

        string text = string.Join('\n', CanonicalGroups.Of(plan.Rules)
            .OrderBy(rule => rule.Spec.Attr.Group).ThenBy(rule => rule.Spec.Attr.Priority)
            .ThenBy(rule => rule.Pattern, StringComparer.Ordinal)
            .Select(Line));
        output.WriteLine(text);
        Assert.Equal(Expected, text);
    }

    private static string Line(PlannedRule rule)
    {
        string actions = string.Join(" / ", rule.Spec.Actions.Select(action => action switch
        {
            JumpAction jump => $"group {jump.Group}",
            DropAction => "drop",
            _ => "fallback",
        }));
        string pattern = rule.Pattern.Replace(" / end", "", StringComparison.Ordinal);
        return $"group {rule.Spec.Attr.Group}, {rule.Spec.Attr.Priority}: {pattern} -> {actions}";
    }

    // Odd addresses of a block: no two make up one.
    private static PeerSet Peers(string block, int count)
    {
        IpAddr first = IpAddr.Parse(block);
        return PeerSet.OfAddresses(
            Enumerable.Range(0, count).Select(i => new IpAddr(first.Family, first.Value + 1 + (2 * (uint)i))));
    }

    private static PortSet Ports(L4Proto proto, params int[] ports) =>
        PortSet.Of(ports.Select(port => new L4PortRange(proto, (ushort)port, (ushort)port)));
}
