namespace NetPolNic.Policy.Resolve;

/// <summary>
/// Brings allow rules into the canonical form of <see cref="PolicySet"/>, keeping the origins of each.
/// </summary>
internal static class RuleMerger
{
    /// <summary>
    /// Merges rules with equal peers (uniting ports) and rules with equal ports (uniting peers) until neither occurs.
    /// The result depends on the set of rules only, not on their order; origins are sorted and distinct.
    /// </summary>
    public static List<Entry> Merge(IEnumerable<Entry> entries)
    {
        List<Entry> current = [.. entries.Where(e => !e.Rule.Peers.IsEmpty && !e.Rule.Ports.IsEmpty)];
        int before;
        do
        {
            before = current.Count;
            current = [.. current.GroupBy(e => e.Rule.Peers).Select(UnitePorts)];
            current = [.. current.GroupBy(e => e.Rule.Ports).Select(UnitePeers)];
        }
        while (current.Count < before);

        current.Sort((a, b) => PeerSet.Compare(a.Rule.Peers, b.Rule.Peers));
        return [.. current.Select(e => e with { Origins = RuleOrigin.SortedDistinct(e.Origins) })];
    }

    private static Entry UnitePorts(IGrouping<PeerSet, Entry> group)
    {
        PortSet ports = group.Any(e => e.Rule.Ports.IsAllTraffic)
            ? PortSet.AllTraffic
            : PortSet.Of(group.SelectMany(e => e.Rule.Ports.Ranges));
        return new Entry(new AllowRule(group.Key, ports), [.. group.SelectMany(e => e.Origins)]);
    }

    private static Entry UnitePeers(IGrouping<PortSet, Entry> group)
    {
        if (group.Count() == 1)
        {
            return group.First();
        }

        PeerSet peers = PeerSet.UnionOf(group.Select(e => e.Rule.Peers));
        return new Entry(new AllowRule(peers, group.Key), [.. group.SelectMany(e => e.Origins)]);
    }

    /// <summary>A rule and the lines of policy that it came from.</summary>
    internal readonly record struct Entry(AllowRule Rule, IReadOnlyList<RuleOrigin> Origins);
}
