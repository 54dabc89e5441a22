using CsCheck;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Planning;

/// <summary>A plan without rules would be sound: these tests say how much has to be decided in the NIC.</summary>
public sealed class UsefulnessTests
{
    [Theory]
    [InlineData("full", 55, 100)]
    [InlineData("mlx5", 55, 100)]
    [InlineData("ice", 45, 0)]
    [InlineData("i40e", 5, 0)]
    public void Decides_its_share_of_what_could_be_decided_without_state(
        string profile, int dropPercent, int passPercent)
    {
        NicCapabilities nic = NicProfiles.Load(profile);
        long droppable = 0, dropped = 0, passable = 0, passed = 0;
        Gen<(PolicySnapshot, PacketHeaders[])> cases = Gen.Select(Gens.Snapshot, Gens.Packet.Array[100]);

        // A share is a figure: the same cases at each run.
        PCG random = new(stream: 1, seed: 2026);
        for (int i = 0; i < 200; i++)
        {
            (PolicySnapshot snapshot, PacketHeaders[] packets) = cases.Generate(random, null, out _);
            OffloadPlan plan = OffloadPlanner.Plan(snapshot, nic, PlanOptions.Default);
            FlowTableInterpreter table = new(plan.Rules.Select(rule => rule.Spec), nic);
            Soundness truth = new(snapshot, keepEstablished: false);
            foreach (PacketHeaders packet in packets)
            {
                RuleVerdict verdict = table.Decide(packet).Verdict;
                bool denied = truth.IsDeniedInAnyState(packet);
                bool open = truth.IsAllowedInAnyState(packet) &&
                    snapshot.Endpoints.SelectMany(pod => pod.Addresses)
                        .Any(a => a == packet.Src || a == packet.Dst);
                droppable += denied ? 1 : 0;
                dropped += denied && verdict == RuleVerdict.Drop ? 1 : 0;
                passable += open ? 1 : 0;
                passed += open && verdict == RuleVerdict.Pass ? 1 : 0;
            }
        }

        Assert.True(
            dropped * 100 >= droppable * dropPercent && passed * 100 >= passable * passPercent,
            $"dropped {dropped} of {droppable}, passed {passed} of {passable}");
    }
}
