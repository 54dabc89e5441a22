using CsCheck;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Planning;

/// <summary>I1 and I2: what the NIC decides holds in every state of connections and fragments.</summary>
public sealed class SoundnessPropertyTests
{
    [Fact]
    public void Holds_for_every_packet_when_the_profile_is_a_shipped_one() =>
        Gen.Select(Gens.Snapshot, NicGens.Shipped, Gens.Options, Gens.Packet.Array[250])
            .Sample(IsSound, iter: 1200, print: Print);

    [Fact]
    public void Holds_for_every_packet_when_the_profile_is_any() =>
        Gen.Select(Gens.Snapshot, NicGens.Arbitrary, Gens.Options, Gens.Packet.Array[250])
            .Sample(IsSound, iter: 1200, print: Print);

    private static bool IsSound(
        PolicySnapshot snapshot, NicCapabilities nic, PlanOptions options, PacketHeaders[] packets)
    {
        OffloadPlan plan = OffloadPlanner.Plan(snapshot, nic, options);
        return FirstWrong(snapshot, nic, options, plan, packets) is null;
    }

    private static string? FirstWrong(
        PolicySnapshot snapshot, NicCapabilities nic, PlanOptions options, OffloadPlan plan, PacketHeaders[] packets)
    {
        FlowTableInterpreter table = new(plan.Rules.Select(rule => rule.Spec), nic);
        Soundness truth = new(snapshot, options.KeepEstablished);
        foreach (PacketHeaders packet in packets)
        {
            FlowDecision decision = table.Decide(packet);
            bool sound = !decision.IsAmbiguous && decision.Verdict switch
            {
                RuleVerdict.Drop => truth.IsDeniedInAnyState(packet),
                RuleVerdict.Pass => truth.IsAllowedInAnyState(packet),
                _ => true,
            };
            if (!sound)
            {
                return $"{packet} {decision}";
            }
        }

        return null;
    }

    private static string Print((PolicySnapshot, NicCapabilities, PlanOptions, PacketHeaders[]) sample)
    {
        (PolicySnapshot snapshot, NicCapabilities nic, PlanOptions options, PacketHeaders[] packets) = sample;
        OffloadPlan plan = OffloadPlanner.Plan(snapshot, nic, options);
        string pods = string.Join('\n', snapshot.Endpoints.Select(pod =>
            $"{pod.Name} {string.Join(' ', pod.Addresses)} in {pod.Ingress.Set} out {pod.Egress.Set}"));
        return $"{nic.Name} {nic.ToEmunicArgs()} {options}\n{pods}\n{FirstWrong(snapshot, nic, options, plan, packets)}";
    }
}
