using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Tests.Apply;

/// <summary>
/// Plans of <see cref="GroupedPolicy"/> in groups, as docs/offload.md has them: a demultiplexer, blocks of peers (changed in
/// place, or made anew), groups of ports, a group that drops. Numbers are few, so that they are soon given out again.
/// </summary>
internal sealed class GroupedPlanner
{
    private const uint FirstNumber = 3;
    private const uint LastNumber = 40;
    private const uint Weakest = 9;

    private readonly Dictionary<string, uint> _numbers = [];
    private readonly Dictionary<string, PlannedRule[]> _contents = [];
    private Dictionary<RuleKey, PlannedRule> _before = [];
    private HashSet<uint> _usedBefore = [];
    private object _at = new();
    private uint _last = FirstNumber - 1;

    /// <summary>The rules of the last plan.</summary>
    internal IReadOnlyDictionary<RuleKey, PlannedRule> Rules => _before;

    internal static FlowSpec PuntOf(FlowSpec spec, uint priority) =>
        new(spec.Attr with { Priority = priority }, spec.Pattern, [new QueueAction(0)]);

    internal PlanUpdate Update(GroupedPolicy policy)
    {
        _contents.Clear();
        List<PlannedRule> top = [];
        PlannedRule weakest = Rule(1, Weakest, new EthItem(), [new QueueAction(0)], RuleVerdict.Punt, []);
        top.Add(weakest);
        top.Add(Rule(0, 1, new EthItem(), [new JumpAction(1)], RuleVerdict.Drop, [weakest]));
        Target drop = Drops();
        Target shared = policy.Pods.IsEmpty ? drop : Block("shared", policy.Shared, drop, small: false);
        foreach ((int pod, ImmutableSortedDictionary<(int Base, int Bits), int> rules) in policy.Pods)
        {
            Target head = Block($"pod {pod}", rules, shared, (policy.Small >> pod & 1) != 0);
            top.Add(Rule(
                1, 2, Own(pod), [new JumpAction(head.Group)], RuleVerdict.Drop, [weakest, .. head.Needed]));
        }

        PlannedRule[] plan = [.. top.Concat(_contents.Values.SelectMany(rules => rules))];
        foreach (string gone in _numbers.Keys.Where(name => !_contents.ContainsKey(name)).ToList())
        {
            _numbers.Remove(gone);
        }

        return Difference(plan);
    }

    internal static Ipv4Item Own(int pod) => new(Dst: FieldMatch.Exact(0x0a010000u + (uint)pod));

    private PlanUpdate Difference(PlannedRule[] plan)
    {
        Dictionary<RuleKey, PlannedRule> now = plan.ToDictionary(rule => rule.Key);
        RuleTemplate cover = new(new FlowAttr(), [new QueueAction(0)]);
        RuleDelta delta = new(
            [.. plan.Where(rule => !_before.ContainsKey(rule.Key))],
            [.. _before.Values.Where(rule => !now.ContainsKey(rule.Key))],
            [.. plan.Where(rule => _before.TryGetValue(rule.Key, out PlannedRule? old) &&
                !old.DependsOn.SequenceEqual(rule.DependsOn))],
            cover,
            null)
        {
            GroupPunts = group => cover with { Attr = new FlowAttr(group) },
        };
        _before = now;
        _usedBefore = [.. _usedBefore.Where(_numbers.ContainsValue), .. _numbers.Values];
        object from = _at;
        _at = new object();
        return new PlanUpdate(from, _at, delta, plan.Length, 0, () => new OffloadPlan([.. plan], [], cover, null));
    }

    private Target Drops()
    {
        uint group = NumberOf("drop");
        PlannedRule drop = Rule(group, 1, new Ipv4Item(), [new DropAction()], RuleVerdict.Drop, []);
        _contents["drop"] = [drop];
        return new Target(group, [drop]);
    }

    /// <summary>A block in place needs its catch-all only; one made anew all that it is and leads to.</summary>
    private Target Block(
        string name, ImmutableSortedDictionary<(int Base, int Bits), int> rules, Target next, bool small)
    {
        string content = small
            ? $"{name} {next.Group} {string.Join(' ', rules.Select(rule => $"{rule.Key}={MaskOf(rules, rule.Key)}"))}"
            : name;
        uint group = NumberOf(content);
        List<PlannedRule> entries = [];
        foreach ((int Base, int Bits) place in rules.Keys)
        {
            int mask = MaskOf(rules, place);
            Ipv4Item peer = new(Src: new FieldMatch<uint>(0x0a020000u + (uint)place.Base, ~0u << place.Bits));
            Target? ports = mask == GroupedPolicy.AllPorts ? null : Ports(mask, next);
            FlowAction action = ports is null ? new QueueAction(0) : new JumpAction(ports.Group);
            entries.Add(Rule(group, 1 + (uint)place.Bits, peer, [action], RuleVerdict.Punt, ports?.Needed ?? []));
        }

        PlannedRule catchAll = Rule(group, Weakest, new EthItem(), [new QueueAction(0)], RuleVerdict.Punt, []);
        PlannedRule onward = Rule(
            group, Weakest - 1, new EthItem(), [new JumpAction(next.Group)], RuleVerdict.Drop, [.. entries, .. next.Needed]);
        PlannedRule[] all = [.. entries, onward, catchAll];
        _contents[content] = all;
        return new Target(group, small ? [.. all, .. next.Needed] : [catchAll]);
    }

    private Target Ports(int mask, Target next)
    {
        string content = $"ports {mask} {next.Group}";
        uint group = NumberOf(content);
        PlannedRule[] covers =
        [
            .. Enumerable.Range(0, GroupedPolicy.Ports).Where(port => (mask >> port & 1) != 0).Select(port => Rule(
                group, 1, new TcpItem(DstL4Port: FieldMatch.Exact((ushort)port)), [new QueueAction(0)], RuleVerdict.Punt, [])),
        ];
        PlannedRule onward = Rule(
            group, 2, new EthItem(), [new JumpAction(next.Group)], RuleVerdict.Drop, [.. covers, .. next.Needed]);
        _contents[content] = [.. covers, onward];
        return new Target(group, [.. covers, onward]);
    }

    // A deeper prefix allows what those around it do, too.
    private static int MaskOf(ImmutableSortedDictionary<(int Base, int Bits), int> rules, (int Base, int Bits) place) =>
        rules.Where(rule => rule.Key.Bits >= place.Bits && place.Base >> rule.Key.Bits == rule.Key.Base >> rule.Key.Bits)
            .Aggregate(0, (mask, rule) => mask | rule.Value);

    private uint NumberOf(string content)
    {
        if (!_numbers.TryGetValue(content, out uint number))
        {
            do
            {
                _last = _last == LastNumber ? FirstNumber : _last + 1;
            }
            while (_numbers.ContainsValue(_last) || _usedBefore.Contains(_last));
            _numbers.Add(content, number = _last);
        }

        return number;
    }

    private static PlannedRule Rule(
        uint group, uint priority, FlowItem item, ImmutableArray<FlowAction> actions, RuleVerdict verdict, PlannedRule[] needs)
    {
        FlowSpec spec = new(new FlowAttr(group, priority), [item], actions);
        return new PlannedRule(
            RuleKey.Of(spec), spec, verdict, "x/pod", Direction.Ingress, [], [.. needs.Select(rule => rule.Key).Distinct().Order()]);
    }

    /// <summary>A group, and what must be in the NIC before something leads there.</summary>
    private sealed record Target(uint Group, PlannedRule[] Needed);
}
