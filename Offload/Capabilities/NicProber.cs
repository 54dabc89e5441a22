using System.Collections.Immutable;
using Dpdk.Flow;

namespace NetPolNic.Offload.Capabilities;

/// <summary>
/// Narrows a profile by asking a live port, with <c>rte_flow_validate</c>, about each of its facts. What the port refuses is
/// taken out; what the profile does not list is never asked for, because a driver's yes promises nothing. Creates no rule.
/// </summary>
public static class NicProber
{
    /// <summary>Probes one port.</summary>
    /// <param name="nic">The profile.</param>
    /// <param name="validate">The port's answer to a rule; null is yes. Called once per fact, from this thread.</param>
    public static ProbeResult Probe(NicCapabilities nic, Func<FlowSpec, RuleRejection?> validate)
    {
        ArgumentNullException.ThrowIfNull(nic);
        ArgumentNullException.ThrowIfNull(validate);
        Session session = new(nic, validate);
        session.ProbeActions();
        session.ProbePriorities();
        session.ProbeGroups();
        session.ProbeItems();
        session.ProbeFields();
        return new ProbeResult(session.Nic, session.Answers.ToImmutable());
    }

    private sealed class Session(NicCapabilities nic, Func<FlowSpec, RuleRejection?> validate)
    {
        internal NicCapabilities Nic { get; private set; } = nic;

        internal ImmutableArray<ProbeAnswer>.Builder Answers { get; } = ImmutableArray.CreateBuilder<ProbeAnswer>();

        internal void ProbeActions()
        {
            foreach (NicAction action in Nic.Actions.Keys)
            {
                if (ProbePatterns.ActionsWith(action, Nic) is { } actions &&
                    !Ask($"action {CapabilityNames.Of(action)}", ProbePatterns.Least(Nic), actions))
                {
                    Nic = Nic with { Actions = Nic.Actions.Remove(action) };
                }
            }
        }

        /// <summary>Halves the interval between a number that is taken and one that is not.</summary>
        internal void ProbePriorities()
        {
            int taken = 0, refused = Nic.Priorities.Value;
            RuleRejection? refusal = null;
            while (refused - taken > 1)
            {
                int middle = refused == Nic.Priorities.Value && refusal is null ? refused - 1 : taken + ((refused - taken) / 2);
                RuleRejection? answer = Validate(
                    new FlowAttr(Priority: (uint)(Nic.FirstPriority + middle)), ProbePatterns.Least(Nic));
                taken = answer is null ? middle : taken;
                refused = answer is null ? refused : middle;
                refusal = answer ?? refusal;
            }

            if (Nic.Priorities.Value > 1)
            {
                Answers.Add(new ProbeAnswer($"{Nic.Priorities.Value} priorities", refusal));
            }

            if (refusal is not null)
            {
                Nic = Nic with { Priorities = Probed(Nic.Priorities, taken + 1) };
            }
        }

        internal void ProbeGroups()
        {
            if (Nic.Groups.Value == 1)
            {
                return;
            }

            RuleRejection? refusal = Validate(new FlowAttr(Group: (uint)(Nic.Groups.Value - 1)), ProbePatterns.Least(Nic));
            Answers.Add(new ProbeAnswer($"{Nic.Groups.Value} groups", refusal));
            Nic = refusal is null ? Nic : Nic with { Groups = Probed(Nic.Groups, 1) };
        }

        internal void ProbeItems()
        {
            foreach (NicItem item in Nic.Items.Keys)
            {
                if (ProbePatterns.WithItem(item, Nic) is { } patterns && !AskAny($"item {CapabilityNames.Of(item)}", patterns))
                {
                    Nic = Nic with { Items = Nic.Items.Remove(item) };
                }
            }
        }

        internal void ProbeFields()
        {
            foreach ((MatchField field, CapabilityFact<MaskKind> fact) in Nic.Fields)
            {
                MaskKind kind = Nic.KindOf(field);
                while (kind > MaskKind.None && ProbePatterns.WithField(field, kind, Nic) is { } patterns &&
                    !AskAny($"{CapabilityNames.Of(field)} {CapabilityNames.Of(kind)}", patterns))
                {
                    kind--;
                    Nic = Nic with { Fields = Nic.Fields.SetItem(field, Probed(fact, kind)) };
                }
            }
        }

        private static CapabilityFact<T> Probed<T>(CapabilityFact<T> fact, T value) =>
            new(value, $"the port refuses more; the profile: {fact.Source}");

        private bool Ask(string what, ImmutableArray<FlowItem> pattern, ImmutableArray<FlowAction> actions)
        {
            RuleRejection? refusal = Answer(new FlowSpec(new FlowAttr(Priority: (uint)Nic.FirstPriority), pattern, actions));
            Answers.Add(new ProbeAnswer(what, refusal));
            return refusal is null;
        }

        /// <summary>A fact holds where one address family has it: a rule of the other is refused when it is made.</summary>
        private bool AskAny(string what, ImmutableArray<ImmutableArray<FlowItem>> patterns)
        {
            RuleRejection? refusal = null;
            foreach (ImmutableArray<FlowItem> pattern in patterns)
            {
                RuleRejection? answer = Validate(new FlowAttr(Priority: (uint)Nic.FirstPriority), pattern);
                if (answer is null)
                {
                    refusal = null;
                    break;
                }

                refusal ??= answer;
            }

            if (!patterns.IsEmpty)
            {
                Answers.Add(new ProbeAnswer(what, refusal));
            }

            return refusal is null;
        }

        private RuleRejection? Validate(FlowAttr attr, ImmutableArray<FlowItem> pattern) =>
            Answer(new FlowSpec(attr, pattern, ProbePatterns.Fate(Nic)));

        // A table that is full or busy says nothing of what the port can express.
        private RuleRejection? Answer(FlowSpec spec) =>
            validate(spec) is { Reason: not RejectReason.Busy and not RejectReason.TableFull and not RejectReason.Duplicate } no
                ? no
                : null;
    }
}
