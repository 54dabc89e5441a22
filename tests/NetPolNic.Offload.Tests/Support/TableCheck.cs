using Dpdk.Flow;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>Looks for a packet that a table decides against a policy.</summary>
internal static class TableCheck
{
    /// <summary>The first wrong decision in words, or null.</summary>
    internal static string? FirstWrong(
        IEnumerable<FlowSpec> rules,
        NicCapabilities nic,
        PolicySnapshot policy,
        bool keepEstablished,
        IEnumerable<PacketHeaders> packets)
    {
        FlowTableInterpreter table = new(rules, nic);
        Soundness truth = new(policy, keepEstablished);
        foreach (PacketHeaders packet in packets)
        {
            TableDecision decision = table.Decide(packet);
            bool sound = !decision.IsAmbiguous && decision.Verdict switch
            {
                RuleVerdict.Drop => truth.IsDeniedInAnyState(packet),
                RuleVerdict.Pass => truth.IsAllowedInAnyState(packet),
                _ => true,
            };
            if (!sound)
            {
                string rule = decision.Rule is { } spec ? TestpmdSyntax.Format(spec, 0) : "no rule";
                return $"{packet}\n{decision.Verdict} ambiguous={decision.IsAmbiguous} by {rule}";
            }
        }

        return null;
    }

    /// <summary>A policy in words.</summary>
    internal static string Show(PolicySnapshot snapshot) => string.Join('\n', snapshot.Endpoints.Select(pod =>
        $"{pod.Name} {string.Join(' ', pod.Addresses)} in {pod.Ingress.Set} out {pod.Egress.Set}"));
}
