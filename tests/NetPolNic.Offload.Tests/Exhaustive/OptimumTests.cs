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

    [Fact]
    public void Flat_covers_are_within_a_fifth_of_the_fewest()
    {
        NicCapabilities nic = NicProfiles.Load("mlx5") with { Groups = new CapabilityFact<int>(1, "no groups, for comparison") };

        // A single peer and port needs one cover for the connection, one for its replies, and what every such plan needs besides.
        int besides = Rules(nic, Policy([(0, 0, 0, 0)]).Set) - 2;
        PCG random = new(stream: 3, seed: 12);
        int planned = 0, fewest = 0;
        SortedDictionary<int, int> excess = [];
        for (int i = 0; i < Cases; i++)
        {
            (PolicySet set, ulong cells) = Policy(s_part.Array[1, 4].Generate(random, null, out _));
            int covers = Rules(nic, set) - besides;
            int optimum = 2 * OptimalCovers.Count(cells);
            planned += covers;
            fewest += optimum;
            Assert.True(covers * 5 <= optimum * 6, $"{set}: {covers} covers, {optimum} at best");
            excess[covers - optimum] = excess.GetValueOrDefault(covers - optimum) + 1;
        }

        string shown = $"{planned} covers, {fewest} at best; excess {string.Join(", ", excess.Select(e => $"{e.Key}: {e.Value}"))}";
        output.WriteLine(shown);
        Assert.True(planned * 5 <= fewest * 6, shown);
    }

    private static int Rules(NicCapabilities nic, PolicySet ingress) => OffloadPlanner.Plan(
        Gens.SnapshotOf(Gens.Endpoint("a", ingress, PolicySet.Closed, "10.0.1.1")), nic, PlanOptions.Default).Rules.Length;

    private static (PolicySet Set, ulong Cells) Policy((int Peer, int PeerBits, int Port, int More)[] parts)
    {
        ulong cells = 0;
        List<AllowRule> rules = [];
        foreach ((int peer, int peerBits, int port, int more) in parts)
        {
            int last = Math.Min(7, port + more);
            rules.Add(new AllowRule(
                PeerSet.Of([SmallPolicies.Block(IpFamily.V4, peer, peerBits)]),
                PortSet.Of([new L4PortRange(L4Proto.Udp, (ushort)port, (ushort)last)])));
            cells |= OptimalCovers.Rectangle((peer >> peerBits << peerBits, 1 << peerBits), (port, last + 1 - port));
        }

        return (PolicySet.Of(rules), cells);
    }
}
