using System.Collections.Immutable;
using NetPolNic.Agent.Control.V1;
using NetPolNic.Agent.Output;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Agent.Control;

/// <summary>What the rules that a NIC really holds do with a packet, beside what the plan wants.</summary>
internal static class NicTrace
{
    public static NicDecision Of(PortTable table, OffloadPlan plan, NicCapabilities nic, PacketHeaders packet, bool entersHere)
    {
        Enforcement real = Enforcement.Of([.. table.Rules.Select(rule => rule.Rule)], nic, packet);
        Enforcement wanted = Enforcement.Of(plan.Rules, nic, packet);
        NicDecision message = new()
        {
            EthPort = (uint)table.Port.Id,
            Device = table.Port.Device,
            Role = table.Port.Role.ToString().ToLowerInvariant(),
            EntersHere = entersHere,
            Verdict = RuleMessages.Name(real.Verdict),
            Place = real.Verdict == RuleVerdict.Drop ? "NIC" : "fallback",
            Reason = real.Reason + Why(plan, packet, real),
            PlannedVerdict = RuleMessages.Name(wanted.Verdict),
            PlannedMatches = wanted.Rule is null ? "" : RuleText.Of(wanted.Rule.Spec.Pattern),
            Difference = real.Verdict == wanted.Verdict ? "" : Why(table, wanted, real),
        };
        if (real.Rule is { } rule)
        {
            RuleCounters counted = table.Rules.First(installed => installed.Rule.Key == rule.Key);
            message.Rule = RuleMessages.Of(rule, table.Port.Id, counted.Counters);
        }

        return message;
    }

    private static string Why(OffloadPlan plan, PacketHeaders packet, Enforcement real) =>
        real.Verdict == RuleVerdict.Punt && PuntLookup.Find(plan.Punts, packet, isAllowed: null) is { } region
            ? $"; {PuntLookup.Sentence(region)}"
            : "";

    private static string Why(PortTable table, Enforcement wanted, Enforcement real)
    {
        string would = $"planned is {RuleMessages.Name(wanted.Verdict)}, the NIC does {RuleMessages.Name(real.Verdict)}";
        ImmutableArray<RefusedRule> refused = table.Report?.Refused ?? [];
        StuckRule? stuck = table.Report?.Stuck.FirstOrDefault(kept => kept.Rule.Key == real.Rule?.Key);
        if (stuck is not null)
        {
            return $"{would}: its driver would not destroy the rule that matches ({RuleMessages.Answer(stuck.Rejection)})";
        }

        if (wanted.Rule is not { } missing)
        {
            return $"{would}: by a rule that is not in the plan";
        }

        if (refused.FirstOrDefault(answer => answer.Rule.Key == missing.Key) is { } itself)
        {
            return $"{would}: its driver refuses the rule ({RuleMessages.Answer(itself.Rejection)})";
        }

        if (refused.FirstOrDefault(answer => missing.DependsOn.Contains(answer.Rule.Key)) is { } cover)
        {
            return $"{would}: its driver refuses a punt that the rule needs before it ({RuleMessages.Answer(cover.Rejection)})";
        }

        return table.Report is { TableFull: true }
            ? $"{would}: the table is full"
            : $"{would}: the rule is not in the NIC";
    }
}
