using CsCheck;
using Dpdk.Flow;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Exhaustive;

/// <summary>I1 and I2 for every packet of a small universe, whatever the state of its connection, on every profile.</summary>
public sealed class ExhaustiveTests
{
    private static int Cases => Environment.GetEnvironmentVariable("NETPOLNIC_TEST_LONG") is null ? 3 : 400;

    public static TheoryData<string> Profiles => [.. NicProfiles.Names];

    [Theory]
    [MemberData(nameof(Profiles))]
    public void No_packet_of_the_universe_is_decided_wrong(string profile)
    {
        NicCapabilities nic = NicProfiles.Load(profile);
        PCG random = new(stream: 7, seed: 8);
        for (int i = 0; i < Cases; i++)
        {
            IpFamily family = i % 3 == 2 ? IpFamily.V6 : IpFamily.V4;
            PolicySnapshot policy = SmallPolicies.Snapshot(family).Generate(random, null, out _);
            FlowSpec[] rules = [.. OffloadPlanner.Plan(policy, nic, PlanOptions.Default).Rules.Select(rule => rule.Spec)];

            string? wrong = TableCheck.FirstWrong(
                rules, nic, policy, keepEstablished: false, new SmallUniverse(family, policy, rules).Packets());

            Assert.True(wrong is null, $"{nic.Name}, policy {i}\n{TableCheck.Show(policy)}\n{wrong}");
        }
    }
}
