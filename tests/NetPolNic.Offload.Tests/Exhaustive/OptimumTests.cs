using CsCheck;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Exhaustive;

/// <summary>How many rules a plan needs against the fewest that any table could have, found by search.</summary>
public sealed class OptimumTests(ITestOutputHelper output)
{
    private const int Cases = 300;

    // A rule's peers are up to three blocks, its ports a block, a range or a single one.
    private static readonly Gen<(int Peer, int PeerBits, int Port, int More)> s_part =
        Gen.Select(Gen.Int[0, 7], Gen.Int[0, 2], Gen.Int[0, 7], Pick.Of(0, 0, 1, 3, 5));

    [Theory]
    [InlineData("mlx5", L4Proto.Udp, true)]
    [InlineData("mlx5", L4Proto.Tcp, true)]
    [InlineData("mlx5", L4Proto.Udp, false)]
    [InlineData("mlx5", L4Proto.Tcp, false)]
    [InlineData("full", L4Proto.Udp, true)]
    [InlineData("full", L4Proto.Udp, false)]
    [InlineData("full", L4Proto.Tcp, true)]
    [InlineData("full", L4Proto.Tcp, false)]
    [InlineData("full", L4Proto.Sctp, true)]
    [InlineData("full", L4Proto.Sctp, false)]
    [InlineData("mlx5-hws", L4Proto.Udp, false)]
    [InlineData("mlx5-hws", L4Proto.Tcp, false)]
    [InlineData("enic", L4Proto.Udp, true)]
    [InlineData("enic", L4Proto.Tcp, true)]
    [InlineData("enic", L4Proto.Sctp, true)]
    [InlineData("ice", L4Proto.Udp, true)]
    [InlineData("ice", L4Proto.Tcp, true)]
    [InlineData("cnxk", L4Proto.Udp, true)]
    [InlineData("cnxk", L4Proto.Tcp, true)]
    [InlineData("tap", L4Proto.Tcp, true)]
    [InlineData("tap", L4Proto.Udp, true)]
    public void Covers_are_within_a_fifth_of_the_fewest(string profile, L4Proto proto, bool flat)
    {
        NicCapabilities nic = flat ? Flat.Load(profile) : NicProfiles.Load(profile);
        MaskKind ports = nic.KindOf(proto == L4Proto.Udp ? MatchField.UdpDst : MatchField.TcpDst);
        ports = ports == MaskKind.Prefix || profile == "tap" ? MaskKind.Any : ports;

        // A single peer and port needs one cover for the connection, one for its replies (without priorities to spare two, where they
        // are told from bare SYNs), and what every such plan needs besides.
        int ofReply = profile == "mlx5" && flat && proto == L4Proto.Tcp ? 2 : 1;
        bool wholePeers = profile is "ice" or "cnxk" or "tap";
        int besides = Rules(nic, Policy(proto, [(0, 0, 0, 0)]).Set) - 1 - ofReply;
        PCG random = new(stream: 3, seed: 12);
        int planned = 0, fewest = 0;
        SortedDictionary<int, int> excess = [];
        for (int i = 0; i < Cases; i++)
        {
            (PolicySet set, ulong cells) = Policy(proto, s_part.Array[1, 4].Generate(random, null, out _));
            int covers = Rules(nic, set) - besides;
            int optimum = (1 + ofReply) * OptimalCovers.Count(wholePeers ? EveryPort(cells) : cells, ports);
            planned += covers;
            fewest += optimum;
            Assert.True(covers * 5 <= optimum * 6, $"{set}: {covers} covers, {optimum} at best");
            excess[covers - optimum] = excess.GetValueOrDefault(covers - optimum) + 1;
        }

        string shown = $"{planned} covers, {fewest} at best; excess {string.Join(", ", excess.Select(e => $"{e.Key}: {e.Value}"))}";
        output.WriteLine($"{nic.Name}, {proto}, {(flat ? "flat" : "groups")}, ports {ports}: {shown}");
        Assert.True(planned * 5 <= fewest * 6, shown);
    }

    // What one direction allows is covered in it, and its replies in the other one: two policies of one pod do not add to each other.
    [Theory]
    [InlineData("mlx5", L4Proto.Udp)]
    [InlineData("mlx5", L4Proto.Tcp)]
    [InlineData("mlx5-hws", L4Proto.Tcp)]
    [InlineData("full", L4Proto.Udp)]
    [InlineData("full", L4Proto.Tcp)]
    public void Covers_of_both_directions_are_within_a_fifth_of_the_fewest(string profile, L4Proto proto)
    {
        NicCapabilities nic = NicProfiles.Load(profile);
        MaskKind ports = nic.KindOf(proto == L4Proto.Udp ? MatchField.UdpDst : MatchField.TcpDst);
        ports = ports == MaskKind.Prefix ? MaskKind.Any : ports;
        int besides = Rules(nic, Policy(proto, [(0, 0, 0, 0)]).Set, Policy(proto, [(0, 0, 0, 0)]).Set) - 4;
        PCG random = new(stream: 3, seed: 13);
        int planned = 0, fewest = 0;
        for (int i = 0; i < Cases; i++)
        {
            (PolicySet ingress, ulong from) = Policy(proto, s_part.Array[1, 3].Generate(random, null, out _));
            (PolicySet egress, ulong to) = Policy(proto, s_part.Array[1, 3].Generate(random, null, out _));
            int covers = Rules(nic, ingress, egress) - besides;
            int optimum = 2 * (OptimalCovers.Count(from, ports) + OptimalCovers.Count(to, ports));
            planned += covers;
            fewest += optimum;
            Assert.True(covers * 5 <= optimum * 6, $"{ingress} {egress}: {covers} covers, {optimum} at best");
        }

        output.WriteLine($"{nic.Name}, {proto}, both directions, ports {ports}: {planned} covers, {fewest} at best");
        Assert.InRange(planned, 1, fewest * 6 / 5);
    }

    // One priority and no masks: a rule is for one pair of addresses and a protocol, so a plan has one for each such that is dropped.
    [Theory]
    [InlineData("i40e")]
    [InlineData("ice-fdir")]
    public void Drops_of_pairs_are_one_for_each_that_policy_denies(string profile)
    {
        NicCapabilities nic = NicProfiles.Load(profile);
        Gen<L4Proto> some = Pick.Of(L4Proto.Tcp, L4Proto.Udp);
        Gen<(int, int, int, int)[]> parts = s_part.Array[0, 3];
        PCG random = new(stream: 3, seed: 14);
        int dropped = 0, kept = 0;
        for (int i = 0; i < Cases; i++)
        {
            LocalEndpoint[] pods =
            [
                .. Enumerable.Range(0, 4).Select(pod => Gens.Endpoint(
                    FormattableString.Invariant($"pod{pod}"),
                    Policy(some.Generate(random, null, out _), parts.Generate(random, null, out _)).Set,
                    Policy(some.Generate(random, null, out _), parts.Generate(random, null, out _)).Set,
                    SmallPolicies.Block(IpFamily.V4, pod, 0).Addr.ToString())),
            ];
            (string, string, L4Proto)[] denied =
            [
                .. from src in pods from dst in pods from proto in (L4Proto[])[L4Proto.Tcp, L4Proto.Udp]
                   where src != dst && (IsDenied(src, dst, proto) || IsDenied(dst, src, proto))
                   select (src.Name, dst.Name, proto),
            ];
            int rules = OffloadPlanner.Plan(Gens.SnapshotOf(pods), nic, PlanOptions.Default).Rules
                .Count(rule => !rule.Pattern.Contains("sctp") && !rule.Pattern.Contains("proto is 132"));
            Assert.Equal(denied.Length, rules);
            dropped += rules;
            kept += (4 * 3 * 2) - rules;
        }

        output.WriteLine($"{nic.Name}: {dropped} pairs dropped, {kept} not");
        Assert.True(dropped > 1000 && kept > 300, $"{dropped} {kept}");

        // By one pod's policy, in either role.
        static bool IsDenied(LocalEndpoint own, LocalEndpoint peer, L4Proto proto) =>
            !own.Ingress.Set.Rules.Concat(own.Egress.Set.Rules).Any(
                rule => rule.Ports.Ranges.Any(range => range.Proto == proto) && rule.Peers.Contains(peer.Addresses[0]));
    }

    // Drops by the protocol alone: whole peers are covered.
    private static ulong EveryPort(ulong cells)
    {
        ulong whole = 0;
        for (int peer = 0; peer < 8; peer++)
        {
            ulong row = 0xfful << (8 * peer);
            whole |= (cells & row) != 0 ? row : 0;
        }

        return whole;
    }

    private static int Rules(NicCapabilities nic, PolicySet ingress, PolicySet? egress = null) => OffloadPlanner.Plan(
        Gens.SnapshotOf(Gens.Endpoint("a", ingress, egress ?? PolicySet.Closed, "10.0.1.1")), nic, PlanOptions.Default).Rules.Length;

    private static (PolicySet Set, ulong Cells) Policy(L4Proto proto, (int Peer, int PeerBits, int Port, int More)[] parts)
    {
        ulong cells = 0;
        List<AllowRule> rules = [];
        foreach ((int peer, int peerBits, int port, int more) in parts)
        {
            int last = Math.Min(7, port + more);
            rules.Add(new AllowRule(
                PeerSet.Of([SmallPolicies.Block(IpFamily.V4, peer, peerBits)]),
                PortSet.Of([new L4PortRange(proto, (ushort)port, (ushort)last)])));
            cells |= OptimalCovers.Rectangle((peer >> peerBits << peerBits, 1 << peerBits), (port, last + 1 - port));
        }

        return (PolicySet.Of(rules), cells);
    }
}
