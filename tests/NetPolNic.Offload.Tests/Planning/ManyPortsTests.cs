using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Planning;

/// <summary>Policies whose ports have about as many pieces as a word has bits.</summary>
public sealed class ManyPortsTests
{
    [Theory]
    [InlineData("mlx5")]
    [InlineData("mlx5-hws")]
    [InlineData("full")]
    public void Plans_as_many_covers_as_ports_that_do_not_merge(string profile)
    {
        NicCapabilities nic = NicProfiles.Load(profile);
        int before = 0;
        for (int ports = 28; ports <= 36; ports++)
        {
            // Odd ports: no two make up a block.
            PortSet odd = PortSet.Of(Enumerable.Range(0, ports).Select(i => (ushort)(10_001 + (2 * i)))
                .Select(port => new L4PortRange(L4Proto.Tcp, port, port)));
            PolicySet set = PolicySet.Of([new AllowRule(PeerSet.Of([IpPrefix.Parse("10.2.0.1/32")]), odd)]);
            LocalEndpoint pod = Gens.Endpoint("pod", set, PolicySet.Open, "10.1.0.1");
            int rules = OffloadPlanner.Plan(Gens.SnapshotOf([pod]), nic, PlanOptions.Default).Rules.Length;

            Assert.True(ports == 28 || rules > before, $"{ports} ports: {rules} rules, {before} with one less");
            before = rules;
        }
    }
}
