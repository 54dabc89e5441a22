using NetPolNic.Agent.Packets;
using NetPolNic.EndToEnd.Tests.Rig;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.EndToEnd.Tests;

/// <summary>
/// I4: at every moment of an update, a first packet gets the verdict of the old or of the new policy.
/// </summary>
public sealed class UpdatePropertyTests
{
    [Fact]
    public void Decides_first_packets_by_the_old_or_the_new_policy_at_every_moment() =>
        Failure.Check(CaseGen.Short, 250, FirstMix);

    /// <summary>As above, stronger: each verdict is that of the policy which the fallback has.</summary>
    private static string? FirstMix(Case of)
    {
        using NodeRig rig = new(of.Profile, of.Keep);
        PolicyResolver resolver = new(of.Mode);
        PolicyEvaluator[] policies = [new(of.State, of.Mode), new(of.Changed, of.Mode)];
        rig.Start(resolver.Resolve(of.State, of.Node));
        ProbePacket[] firsts = [.. of.Steps.Select(First)];
        string? mix = null;
        int moment = 0;
        rig.Node.Apply(resolver.Resolve(of.Changed, of.Node), () =>
        {
            foreach (ProbePacket packet in mix is null ? firsts : [])
            {
                rig.Node.ForgetConnections();
                Outcome outcome = rig.Send(packet);
                bool[] verdicts = [.. policies.Select(policy => Allows(policy, packet, of.Node))];
                bool expected = verdicts[moment >= Moments.FirstOfNewPolicy ? 1 : 0];
                if (outcome.IsAllowed != expected)
                {
                    mix ??= $"moment {moment}: {packet}: {outcome}; old says {verdicts[0]}, new says {verdicts[1]}";
                }
            }

            moment++;
        });
        return mix ?? (moment == Moments.Count ? null : $"{moment} moments instead of {Moments.Count}");
    }

    private static bool Allows(PolicyEvaluator policy, ProbePacket packet, string? node) =>
        packet.IsNeighbourDiscovery() ||
        policy.Evaluate(packet.Src, packet.Dst, packet.IpProto, packet.DstL4Port, node).Combined == Verdict.Allow;

    private static ProbePacket First(Step step) => PacketMaker.Make(step with { Op = PacketMaker.FreshOp }, []);
}
