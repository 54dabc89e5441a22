using CsCheck;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Exhaustive;

/// <summary>Random policies over the small universe: blocks, blocks with holes, single peers; ports and ranges.</summary>
internal static class SmallPolicies
{
    private static readonly Gen<L4PortRange> s_range = Gen.Select(
        Pick.Of(L4Proto.Tcp, L4Proto.Tcp, L4Proto.Udp, L4Proto.Sctp),
        Gen.Int[0, 255],
        Pick.Of(0, 0, 1, 7, 100),
        (proto, first, more) => new L4PortRange(proto, (ushort)first, (ushort)Math.Min(255, first + more)));

    private static readonly Gen<PortSet> s_ports = Gen.Frequency(
        (1, Gen.Const(PortSet.AllTraffic)),
        (1, Pick.Of(L4Proto.Tcp, L4Proto.Udp).Select(proto => PortSet.Of([new L4PortRange(proto, 0, ushort.MaxValue)]))),
        (5, s_range.Array[1, 3].Select(ranges => PortSet.Of(ranges))));

    /// <summary>One to three pods.</summary>
    internal static Gen<PolicySnapshot> Snapshot(IpFamily family)
    {
        Gen<IpPrefix> prefix = Gen.Select(
            Gen.Int[0, 255], Pick.Of(8, 8, 7, 6, 4, 2, 0), (value, bits) => Block(family, value, bits));
        Gen<PeerSet> peers = Gen.Select(
            prefix.Array[1, 3], prefix.Array[0, 1], (blocks, holes) => PeerSet.Of(blocks).Except(PeerSet.Of(holes)));
        Gen<AllowRule> rule = Gen.Select(peers, s_ports, (from, ports) => new AllowRule(from, ports));
        Gen<PolicySet> set = Gen.Frequency(
            (1, Gen.Const(PolicySet.Open)),
            (1, Gen.Const(PolicySet.Closed)),
            (5, rule.Array[1, 4].Select(rules => PolicySet.Of(rules))));
        return Gen.Select(set, set, Gen.Int[0, 255]).Array[1, 3].Select(pods => Gens.SnapshotOf(
            pods.DistinctBy(pod => pod.Item3).Select((pod, i) => Gens.Endpoint(
                $"pod{i}", pod.Item1, pod.Item2, SmallUniverse.Address(family, pod.Item3).ToString()))));
    }

    /// <summary>The block of 2^<paramref name="bits"/> addresses around a value.</summary>
    internal static IpPrefix Block(IpFamily family, int value, int bits) => IpPrefix.Parse(
        $"{SmallUniverse.Address(family, value >> bits << bits)}/{(family == IpFamily.V4 ? 32 : 128) - bits}");
}
