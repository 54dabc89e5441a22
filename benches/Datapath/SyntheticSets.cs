using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Datapath;

/// <summary>Policy of a made-up node.</summary>
internal static class SyntheticSets
{
    /// <summary>A set of single addresses, scattered as pods are, in three rules with ports of their own.</summary>
    public static PolicySet Of(int peers, int seed)
    {
        Random random = new(seed);
        return PolicySet.Of(Enumerable.Range(0, 3).Select(rule => new AllowRule(
            PeerSet.OfAddresses(
                Enumerable.Range(0, Math.Max(1, peers / 3)).Select(_ => IpAddr.V4(0x0a000000u + (uint)random.Next(1 << 24)))),
            PortSet.Of([new L4PortRange(L4Proto.Tcp, (ushort)(80 + rule), (ushort)(80 + rule))]))));
    }

    /// <summary>A local pod that both receives and sends by one set.</summary>
    public static LocalEndpoint Endpoint(int number, PolicySet set)
    {
        IpAddr addr = IpAddr.V4(0x0b000000u + (uint)number);
        return new LocalEndpoint(
            $"00000000-0000-0000-0000-{number:x12}",
            "bench",
            $"pod-{number}",
            [addr],
            PeerSet.OfAddresses([addr, IpAddr.V4(0x0c000001)]),
            new EndpointDirection(set, [], []),
            new EndpointDirection(PolicySet.Open, [], []));
    }
}
