using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Tests.Rig;

/// <summary>Short ways to write resolved policy.</summary>
internal static class Snapshots
{
    public static PolicySnapshot Of(params LocalEndpoint[] endpoints) => new(1, [.. endpoints], []);

    /// <summary>A local pod.</summary>
    /// <param name="addresses">Its addresses, separated by blanks.</param>
    /// <param name="ingress">Null: not isolated.</param>
    /// <param name="egress">Null: not isolated.</param>
    /// <param name="node">Its node's addresses, separated by blanks.</param>
    /// <param name="uid">Null: made of the addresses.</param>
    public static LocalEndpoint Pod(
        string addresses, PolicySet? ingress = null, PolicySet? egress = null, string node = "", string? uid = null)
    {
        ImmutableArray<IpAddr> own = [.. addresses.Split(' ').Select(IpAddr.Parse)];
        IEnumerable<IpAddr> nodes = node.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IpAddr.Parse);
        PeerSet exempt = PeerSet.Of(own.Concat(nodes).Select(IpPrefix.Host));
        return new LocalEndpoint(
            uid ?? "uid-" + addresses,
            "x",
            "pod-" + addresses,
            own,
            exempt,
            new EndpointDirection(ingress ?? PolicySet.Open, [], []),
            new EndpointDirection(egress ?? PolicySet.Open, [], []));
    }

    /// <summary>
    /// An isolated set: each rule is "peers : ports", as in "10.0.0.0/8 fd00::/8 : tcp/80 udp/53-60" or "… : all".
    /// </summary>
    public static PolicySet Allow(params string[] rules) => PolicySet.Of(rules.Select(Rule));

    /// <summary>Ports, as in "tcp/80 udp/53-60" or "all".</summary>
    public static PortSet Ports(string text) =>
        text == "all" ? PortSet.AllTraffic : PortSet.Of(text.Split(' ').Select(Range));

    private static AllowRule Rule(string text)
    {
        string[] parts = text.Split(" : ");
        PeerSet peers = PeerSet.Of(parts[0].Split(' ').Select(IpPrefix.Parse));
        return new AllowRule(peers, Ports(parts[1]));
    }

    private static L4PortRange Range(string text)
    {
        string[] parts = text.Split('/', '-');
        ushort first = ushort.Parse(parts[1], null);
        ushort last = parts.Length > 2 ? ushort.Parse(parts[2], null) : first;
        return new L4PortRange(Enum.Parse<L4Proto>(parts[0], ignoreCase: true), first, last);
    }
}
