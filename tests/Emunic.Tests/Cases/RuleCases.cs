using Emunic.Tests.Support;
using static Emunic.Tests.Support.Frame;
using static Emunic.Tests.Support.MatchCase;

namespace Emunic.Tests.Cases;

/// <summary>Several rules at once: priorities, ties, groups, PASSTHRU, marks, counters, isolated mode.</summary>
internal static class RuleCases
{
    private static readonly byte[] s_web = V4("10.0.0.1", "10.0.0.2", 6, Tcp(1000, 80));
    private static readonly byte[] s_dns = V4("10.0.0.1", "10.0.0.2", 17, Udp(1000, 53));

    private static Probe Marked(string name, byte[] frame, uint mark) => new(name, frame, new Fate(true, mark));

    private static Probe Flagged(string name, byte[] frame) => new(name, frame, new Fate(true, null, true));

    public static IEnumerable<MatchCase> All =>
    [
        new("the lower number wins",
            ["priority 2 | eth / ipv4 | drop", "priority 1 | eth / ipv4 / tcp dst is 80 | queue index 0"],
            [Miss("web", s_web), Hit("dns", s_dns)]),
        new("the lower number wins whatever the order of creation",
            ["priority 1 | eth / ipv4 / tcp dst is 80 | queue index 0", "priority 2 | eth / ipv4 | drop"],
            [Miss("web", s_web), Hit("dns", s_dns)]),
        new("the higher number wins where priorities are reversed",
            ["priority 2 | eth / ipv4 | drop", "priority 1 | eth / ipv4 / tcp dst is 80 | queue index 0"],
            [Hit("web", s_web), Hit("dns", s_dns)], Device.PriorityReversed),
        new("a reversed exception",
            ["priority 2 | eth / ipv4 / tcp dst is 80 | queue index 0", "priority 1 | eth / ipv4 | drop"],
            [Miss("web", s_web), Hit("dns", s_dns)], Device.PriorityReversed),
        new("the oldest of equals wins",
            ["| eth / ipv4 / tcp dst is 80 | queue index 0", "| eth / ipv4 | drop"],
            [Miss("web", s_web), Hit("dns", s_dns)]),
        new("the oldest of equals wins, the other way round",
            ["| eth / ipv4 | drop", "| eth / ipv4 / tcp dst is 80 | queue index 0"],
            [Hit("web", s_web), Hit("dns", s_dns)]),
        new("tie_worse takes the opposite of the oldest",
            ["| eth / ipv4 / tcp dst is 80 | queue index 0", "| eth / ipv4 | drop"],
            [Hit("web", s_web), Hit("dns", s_dns)], Device.TieWorse),
        new("tie_worse takes the opposite of the oldest, the other way round",
            ["| eth / ipv4 | drop", "| eth / ipv4 / tcp dst is 80 | queue index 0"],
            [Miss("web", s_web), Hit("dns", s_dns)], Device.TieWorse),
        new("tie_worse keeps to priorities",
            ["priority 1 | eth / ipv4 | drop", "priority 0 | eth / ipv4 / tcp dst is 80 | queue index 0"],
            [Miss("web", s_web), Hit("dns", s_dns)], Device.TieWorse),
        new("jump to a group", ["| eth / ipv4 | jump group 3", "group 3 | eth / ipv4 / tcp | drop"],
            [Hit("web", s_web), Miss("no match there is delivered", s_dns)]),
        new("a group without a jump is not looked at", ["group 4 | eth / ipv4 | drop"], [Miss("web", s_web)]),
        new("a jump through three groups",
            [
                "| eth | count / jump group 5", "group 5 | eth | mark id 9 / jump group 63",
                "group 63 priority 1 | eth | count / queue index 0", "group 63 | eth / ipv4 / udp | count / drop",
            ],
            [Marked("web", s_web, 9), Hit("dns", s_dns)], Hits: [2, 1, 1]),
        new(
            "a jump loop ends in a drop", ["| eth | jump group 6", "group 6 | eth | jump group 6"],
            [Hit("web", s_web)]),
        new("a rule stays with the group's priorities, not the root's",
            [
                "priority 5 | eth / ipv4 | jump group 7", "priority 6 | eth | drop",
                "group 7 priority 9 | eth | queue index 0",
            ],
            [Miss("web", s_web), Hit("arp", Eth(0x0806, new byte[28]))]),
        new("passthru goes on to later rules",
            [
                "| eth / ipv4 | count / mark id 3 / passthru", "priority 1 | eth / ipv4 / udp | drop",
                "priority 2 | eth / ipv4 / tcp | count / queue index 0",
            ],
            [Marked("web", s_web, 3), Hit("dns", s_dns)], Hits: [2, 1]),
        new("passthru alone is delivered with its mark", ["| eth / ipv4 | mark id 0x123456 / passthru"],
            [Marked("web", s_web, 0x123456)]),
        new("the last mark counts",
            ["| eth | mark id 1 / passthru", "priority 1 | eth / ipv4 / tcp | mark id 2 / queue index 0"],
            [Marked("web", s_web, 2), Marked("dns", s_dns, 1)]),
        new("mark id 0 is a mark", ["| eth | mark id 0 / queue index 0"], [Marked("web", s_web, 0)]),
        new("flag sets no id", ["| eth | flag / queue index 0"], [Flagged("web", s_web)]),
        new("count counts packets that match",
            ["| eth / ipv4 / tcp | count / drop", "| eth / ipv4 / udp | count / queue index 0"],
            [Hit("web", s_web), Hit("again", s_web), Miss("dns", s_dns), Miss("arp", Eth(0x0806, new byte[28]))], Hits: [2, 1]),
        new("rss delivers", ["| eth | rss queues 0 end / count"], [Miss("web", s_web)], Hits: null),
        new("isolated mode delivers what rules deliver", ["| eth / ipv4 / tcp | queue index 0"],
            [Miss("web", s_web), Hit("no rule", s_dns)], Device.Isolated),
        new("isolated mode after a jump", ["| eth | jump group 1", "group 1 | eth / ipv4 / udp | queue index 0"],
            [Hit("web", s_web), Miss("dns", s_dns)], Device.Isolated),
        new("no rules at all", [], [Miss("web", s_web), Miss("nothing known", Eth(0x1234))]),
    ];
}
