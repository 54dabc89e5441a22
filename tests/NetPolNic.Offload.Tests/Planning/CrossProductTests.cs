using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Planning;

/// <summary>
/// Rules of small clusters of any shape against the plain way of <see cref="NaiveRules"/>. What is exact has a price for each address
/// and direction that the plain way does not pay: drops by protocol, so that ICMP errors pass; covers of replies, of the node and of
/// the pod itself; and passes for pods without policy. Small policies take more than a plain list, and by no more than that.
/// </summary>
public sealed class CrossProductTests(ITestOutputHelper output)
{
    private const int Clusters = 1000;

    // Where the plain way takes so many rules for each address and direction, a plan takes no more than it does.
    private const int Many = 100;

    // What a plan may take beyond the plain way for each address and direction.
    private const int Beyond = 25;

    public static TheoryData<string, bool> Profiles => new(
        NicProfiles.Names.Select(name => (name, false)).Append(("mlx5", true)).Append(("full", true)));

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Is_never_more_than_the_price_of_exactness_beyond_the_cross_product(string profile, bool flat)
    {
        NicCapabilities nic = (flat ? Flat.Load(profile) : NicProfiles.Load(profile)) with
        {
            TableSize = new CapabilityFact<int>(10_000_000, "all fit"),
        };
        long planned = 0, plain = 0;
        int more = 0, clusters = 0, large = 0;
        for (int seed = 1; seed <= Clusters; seed++)
        {
            ClusterState state = SmallCluster.Create(seed);
            PolicySnapshot snapshot = new PolicyResolver().Resolve(state, SmallCluster.Node);
            int units = snapshot.Endpoints.Sum(UnitsOf);
            if (units == 0)
            {
                continue;
            }

            int passes = 2 * snapshot.Endpoints.Sum(endpoint => endpoint.Addresses.Length);
            int rules = OffloadPlanner.Plan(snapshot, nic, PlanOptions.Default).Rules.Length;
            long naive = NaiveRules.CountOf(state, SmallCluster.Node, nic);
            string shown = $"seed {seed}: {rules} rules, cross product {naive}, {units} addresses and directions";
            Assert.True(rules <= naive + (Beyond * units) + passes, shown);
            Assert.True(rules <= naive || naive <= Many * units, shown);
            planned += rules;
            plain += naive;
            clusters++;
            more += rules > naive ? 1 : 0;
            large += naive > Many * units ? 1 : 0;
        }

        output.WriteLine($"{profile}{(flat ? ", flat" : "")}: {planned} rules, cross product {plain}; more in {more} of {clusters}");
        Assert.True(clusters > Clusters / 2 && large > 30, $"{clusters} {large}");
        Assert.InRange(planned, 0, plain / 2);
    }

    private static int UnitsOf(LocalEndpoint endpoint) => endpoint.Addresses.Length *
        ((endpoint.Ingress.Set.IsIsolated ? 1 : 0) + (endpoint.Egress.Set.IsIsolated ? 1 : 0));
}
