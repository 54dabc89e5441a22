using CsCheck;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>
/// Policies whose peers fill groups: many that do not make up blocks, in sets that contain, overlap with and avoid each other, with
/// ports in common and without. The sets gain and lose peers.
/// </summary>
internal static class GroupGens
{
    private const int Names = 4;

    private static readonly ushort[] s_ports = [53, 80, 443, 8080];

    private static PeerSet Internet =>
        PeerSet.Of([IpPrefix.Parse("0.0.0.0/0")], [IpPrefix.Parse("10.0.0.0/8"), IpPrefix.Parse("172.16.0.0/12")]);

    // Odd addresses of 10.0.1.0/24: from, and how many.
    private static readonly Gen<PeerSet> s_peers = Gen.Frequency(
        (6, Gen.Select(Pick.Of(0, 0, 10, 30), Pick.Of(3, 17, 18, 20, 40), Odd)),
        (1, Gen.Const(Internet)),
        (1, Gen.Const(PeerSet.Of([IpPrefix.Parse("0.0.0.0/0")], [IpPrefix.Parse("10.0.1.0/27"), IpPrefix.Parse("8.8.0.0/16")]))),
        (1, Pick.Of(1, 3, 17).Select(pods => Internet.Union(Odd(10, pods)))),
        (1, Gen.Const(PeerSet.Of([IpPrefix.Parse("0.0.0.0/0")]))),
        (1, Gen.Const(PeerSet.Of([IpPrefix.Parse("10.0.1.0/26")]))));

    private static readonly Gen<PortSet> s_portSet = Gen.Frequency(
        (2, Gen.Const(PortSet.AllTraffic)),
        (1, Pick.Of(L4Proto.Tcp, L4Proto.Udp).Select(proto => PortSet.Of([new L4PortRange(proto, 0, ushort.MaxValue)]))),
        (6, Gen.Select(Pick.Of(L4Proto.Tcp, L4Proto.Tcp, L4Proto.Udp), Pick.Of(s_ports), Pick.Of(0, 0, 1))
            .Select((proto, first, more) => new L4PortRange(proto, first, (ushort)(first + more))).Array[1, 2]
            .Select(ranges => PortSet.Of(ranges))));

    private static readonly Gen<PolicySet> s_policy = Gen.Frequency(
        (1, Gen.Const(PolicySet.Open)),
        (1, Gen.Const(PolicySet.Closed)),
        (6, Gen.Select(s_peers, s_portSet, (peers, ports) => new AllowRule(peers, ports)).Array[1, 3]
            .Select(rules => PolicySet.Of(rules))));

    /// <summary>Snapshots that follow each other. A few policies are there at a time, so that pods share them.</summary>
    internal static Gen<PolicySnapshot[]> Sequence(int least, int most) => Gen.Select(
        s_policy.Array[3],
        Gen.Select(Gen.Int[0, Names - 1], Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 2], s_policy).Array[1, 3].Array[least, most],
        Follow);

    /// <summary>Packets between pods, peers, the node and strangers.</summary>
    internal static readonly Gen<PacketHeaders> Packet = Gen.Select(
        Gen.Int[1, Names],
        Gen.OneOf(Gen.Int[0, 90].Select(i => $"10.0.1.{i}"), Pick.Of("10.0.0.1", "10.0.0.2", "192.168.0.1", "8.8.8.8", "10.9.9.9")),
        Gen.Bool,
        Pick.Of<byte>(6, 6, 6, 17, 17, 1),
        Gen.Select(Pick.Of<ushort>(53, 80, 81, 443, 8080, 5), Pick.Of<ushort>(53, 80, 81, 443, 8080, 5)),
        Pick.Of<byte>(0x02, 0x02, 0x12, 0x10, 0x00, 0xc2),
        Gen.Int[0, 9],
        (pod, peer, ingress, proto, ports, flags, fragment) => new PacketHeaders(
            IpAddr.Parse(ingress ? peer : $"10.0.0.{pod}"), IpAddr.Parse(ingress ? $"10.0.0.{pod}" : peer), proto)
        {
            SrcL4Port = ports.Item1,
            DstL4Port = ports.Item2,
            TcpFlags = flags,
            MoreFragments = fragment == 0,
            FragmentOffset = (ushort)(fragment == 1 ? 9 : 0),
        });

    private static PolicySnapshot[] Follow(PolicySet[] policies, (int Pod, int Kind, int In, int Out, PolicySet Policy)[][] batches)
    {
        (int In, int Out)?[] pods = [(0, 1), (0, 1), (0, 2), null];
        Dictionary<(int Pod, PolicySet In, PolicySet Out), LocalEndpoint> known = [];
        List<PolicySnapshot> snapshots = [SnapshotOf(0)];
        foreach (var batch in batches)
        {
            foreach (var change in batch)
            {
                switch (change.Kind)
                {
                    case 0:
                        pods[change.Pod] = pods[change.Pod] is null ? (change.In, change.Out) : null;
                        break;
                    case 1:
                        pods[change.Pod] = (change.In, change.Out);
                        break;
                    case 2:
                        policies[change.In] = change.Policy;
                        break;
                    default:
                        policies[change.In] = OnePeerMore(policies[change.In], change.Pod);
                        break;
                }
            }

            snapshots.Add(SnapshotOf(snapshots.Count));
        }

        return [.. snapshots];

        PolicySnapshot SnapshotOf(int number) => new(
            number + 1,
            [
                .. Enumerable.Range(0, Names).Where(pod => pods[pod] is not null).Select(pod =>
                    Endpoint(pod, policies[pods[pod]!.Value.In], policies[pods[pod]!.Value.Out])),
            ],
            []);

        LocalEndpoint Endpoint(int pod, PolicySet ingress, PolicySet egress)
        {
            if (!known.TryGetValue((pod, ingress, egress), out LocalEndpoint? endpoint))
            {
                endpoint = Gens.Endpoint(
                    FormattableString.Invariant($"pod{pod}"), ingress, egress, FormattableString.Invariant($"10.0.0.{pod + 1}"));
                known.Add((pod, ingress, egress), endpoint);
            }

            return endpoint;
        }
    }

    // Or one less, if it is there.
    private static PolicySet OnePeerMore(PolicySet policy, int which)
    {
        PeerSet one = Odd(8 * which, 1);
        return policy.Rules.IsEmpty ? policy : PolicySet.Of(policy.Rules.Select((rule, i) => i > 0 ? rule
            : rule with { Peers = rule.Peers.Contains(one) ? rule.Peers.Except(one) : rule.Peers.Union(one) }));
    }

    private static PeerSet Odd(int first, int count) => PeerSet.OfAddresses(
        Enumerable.Range(first, count).Select(i => new IpAddr(IpFamily.V4, 0x0a000101u + (2 * (uint)i))));
}
