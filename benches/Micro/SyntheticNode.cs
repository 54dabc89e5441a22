using System.Collections.Immutable;
using System.Globalization;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Micro;

/// <summary>The resolved policy of one node, the same at every run: every pod has peers of its own, none of them mergeable.</summary>
internal static class SyntheticNode
{
    private static readonly IpAddr s_node = IpAddr.V4(0xc0a8_0001u);

    /// <summary>Pods with as many peers in each direction, on one TCP port and one UDP port.</summary>
    public static PolicySnapshot Create(int pods, int peers) =>
        new(1, [.. Enumerable.Range(0, pods).Select(index => Endpoint(index, peers))], []);

    /// <summary>The same pods but one, which has one more peer.</summary>
    public static PolicySnapshot WithOneMorePeer(PolicySnapshot snapshot, int peers)
    {
        int middle = snapshot.Endpoints.Length / 2;
        return new PolicySnapshot(
            snapshot.Generation + 1, snapshot.Endpoints.SetItem(middle, Endpoint(middle, peers + 1)), snapshot.Warnings);
    }

    /// <summary>One pod fewer.</summary>
    public static PolicySnapshot WithoutOnePod(PolicySnapshot snapshot) => new(
        snapshot.Generation + 1, snapshot.Endpoints.RemoveAt(snapshot.Endpoints.Length / 2), snapshot.Warnings);

    private static LocalEndpoint Endpoint(int index, int peers)
    {
        IpAddr own = IpAddr.V4(0x0a00_0000u + (uint)index);
        string name = string.Create(CultureInfo.InvariantCulture, $"pod-{index:d4}");
        return new LocalEndpoint(
            name,
            "default",
            name,
            [own],
            PeerSet.OfAddresses([own, s_node]),
            DirectionOf(Direction.Ingress, 0x0b00_0000u + ((uint)index << 12), peers),
            DirectionOf(Direction.Egress, 0x0c00_0000u + ((uint)index << 12), peers));
    }

    private static EndpointDirection DirectionOf(Direction direction, uint first, int peers)
    {
        PeerSet set = PeerSet.OfAddresses(Enumerable.Range(0, peers).Select(i => IpAddr.V4(first + (2 * (uint)i))));
        PortSet ports = PortSet.Of(
            [new L4PortRange(L4Proto.Tcp, 8080, 8080), new L4PortRange(L4Proto.Udp, 53, 53)]);
        ImmutableArray<RuleOrigin> origins = [new RuleOrigin("uid", "default", "policy", direction, 0, 0, 0)];
        return new EndpointDirection(PolicySet.Of([new AllowRule(set, ports)]), origins, [origins]);
    }
}
