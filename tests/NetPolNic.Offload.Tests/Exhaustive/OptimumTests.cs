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

    private static int Rules(NicCapabilities nic, PolicySet ingress) => OffloadPlanner.Plan(
        Gens.SnapshotOf(Gens.Endpoint("a", ingress, PolicySet.Closed, "10.0.1.1")), nic, PlanOptions.Default).Rules.Length;

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
