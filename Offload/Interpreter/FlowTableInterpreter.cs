using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Interpreter;

/// <summary>
/// Executes a list of rules on the headers of a packet as rte_flow's documentation says (rte_flow.rst, DPDK 22.11:
/// "Attribute: Group", "Attribute: Priority", "Action: JUMP", "Action: PASSTHRU"), with the NIC's habits on fragments
/// and IPv6 extension headers. Knows nothing of how rules are planned or lowered.
/// </summary>
public sealed class FlowTableInterpreter
{
    private readonly NicCapabilities _nic;
    private readonly Dictionary<uint, ImmutableArray<FlowSpec>> _groups;

    /// <param name="rules">Rules in order of creation.</param>
    /// <param name="nic">Gives the direction of priorities and the habits.</param>
    public FlowTableInterpreter(IEnumerable<FlowSpec> rules, NicCapabilities nic)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(nic);
        _nic = nic;
        _groups = rules.GroupBy(rule => rule.Attr.Group)
            .ToDictionary(group => group.Key, group => group.OrderBy(Rank).ToImmutableArray());
    }

    /// <summary>The fate of a packet. Of equal-priority matches the one created first decides.</summary>
    public TableDecision Decide(PacketHeaders packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        uint group = 0;
        bool ambiguous = false;
        uint? mark = null;
        for (int jumps = 0; jumps <= _groups.Count; jumps++)
        {
            ImmutableArray<FlowSpec> rules = _groups.GetValueOrDefault(group, []);
            (FlowSpec? rule, bool tie) = Find(rules, packet, ref mark);
            ambiguous |= tie;
            if (rule is null)
            {
                // Only in group 0 is it known what becomes of a packet that no rule matches.
                return new TableDecision(Delivered(mark), null, ambiguous || group != 0);
            }

            if (rule.Actions.OfType<JumpAction>().FirstOrDefault() is { } jump)
            {
                group = jump.Group;
                continue;
            }

            RuleVerdict verdict = rule.Actions.Any(a => a is DropAction) ? RuleVerdict.Drop : Delivered(mark);
            return new TableDecision(verdict, rule, ambiguous);
        }

        throw new InvalidOperationException("the rules jump in a circle");
    }

    /// <summary>Whether the pattern matches the packet.</summary>
    public bool Matches(ImmutableArray<FlowItem> pattern, PacketHeaders packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        foreach (FlowItem item in pattern)
        {
            if (!ItemMatcher.Matches(item, packet, _nic))
            {
                return false;
            }
        }

        return true;
    }

    // The best rule with a fate of its own, marks collected on the way; passthru leaves the packet to the next one.
    private (FlowSpec? Rule, bool Tie) Find(ImmutableArray<FlowSpec> rules, PacketHeaders packet, ref uint? mark)
    {
        for (int i = 0; i < rules.Length; i++)
        {
            if (!Matches(rules[i].Pattern, packet))
            {
                continue;
            }

            mark = rules[i].Actions.OfType<MarkAction>().FirstOrDefault()?.Id ?? mark;
            if (rules[i].Actions.Any(a => a is DropAction or QueueAction or RssAction or JumpAction))
            {
                FlowSpec winner = rules[i];
                bool tie = rules.Skip(i + 1).TakeWhile(other => other.Attr.Priority == winner.Attr.Priority)
                    .Any(other => !SameEffect(other, winner) && Matches(other.Pattern, packet));
                return (winner, tie);
            }
        }

        return (null, false);
    }

    private static bool SameEffect(FlowSpec left, FlowSpec right) =>
        left.Actions.Where(a => a is not CountAction and not RssAction)
            .SequenceEqual(right.Actions.Where(a => a is not CountAction and not RssAction));

    private static RuleVerdict Delivered(uint? mark) =>
        mark == RuleTemplates.PassMark ? RuleVerdict.Pass : RuleVerdict.Punt;

    private long Rank(FlowSpec rule) => _nic.PrioritiesReversed ? -(long)rule.Attr.Priority : rule.Attr.Priority;
}
