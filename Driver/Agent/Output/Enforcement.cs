using Dpdk.Flow;
using NetPolNic.Agent.Packets;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Agent.Output;

/// <summary>Where the first packet of a connection is decided, by the plan of a NIC profile.</summary>
/// <param name="Verdict">What the NIC does with it; a packet without a rule is punted.</param>
/// <param name="Rule">The rule that matched, or null.</param>
/// <param name="Reason">For a punt: why the NIC does not decide.</param>
internal sealed record Enforcement(RuleVerdict Verdict, PlannedRule? Rule, string Reason)
{
    /// <summary>For a punt: the region of the plan that the packet is in; null where none says so.</summary>
    public PuntedRegion? Region { get; init; }

    /// <summary>As <see cref="Of(OffloadPlan, NicCapabilities, ProbePacket)"/>, with the region of a punt.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="nic">The NIC that it is for.</param>
    /// <param name="first">The packet.</param>
    /// <param name="isAllowed">Whether policy allows it.</param>
    public static Enforcement Of(OffloadPlan plan, NicCapabilities nic, ProbePacket first, bool isAllowed)
    {
        Enforcement found = Of(plan, nic, first);
        return found.Verdict == RuleVerdict.Punt
            ? found with { Region = PuntLookup.Find(plan.Punts, first.ToHeaders(), isAllowed) }
            : found;
    }

    /// <summary>Runs a connection's first packet through the planned rules.</summary>
    public static Enforcement Of(OffloadPlan plan, NicCapabilities nic, ProbePacket first) =>
        Of(plan.Rules, nic, first.ToHeaders());

    /// <summary>Runs a packet through rules in order of creation.</summary>
    public static Enforcement Of(IReadOnlyList<PlannedRule> rules, NicCapabilities nic, PacketHeaders packet)
    {
        TableDecision decision = new FlowTableInterpreter(rules.Select(rule => rule.Spec), nic).Decide(packet);
        FlowSpec? spec = decision.Rule;
        PlannedRule? rule = spec is null ? null : rules.FirstOrDefault(planned => planned.Spec.Equals(spec));
        rule = rule is { Pod.Length: 0 } ? RuleUsers.Of(rules).For(rule, packet) : rule;
        string reason = decision.Verdict switch
        {
            RuleVerdict.Drop => "the NIC drops it: denied whatever the connection's state",
            RuleVerdict.Pass => "the NIC marks it as allowed: nothing isolates either end",
            _ when rule is null => "no NIC rule speaks of it: the fallback decides",
            _ => "the NIC hands it to the fallback, which decides and tracks the connection",
        };
        return new Enforcement(decision.Verdict, rule, reason);
    }
}
