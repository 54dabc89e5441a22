using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning.Groups;

/// <summary>Makes the rules of groups. What a rule jumps to stands before it, in sets as in dependencies.</summary>
internal sealed class GroupRules
{
    private static readonly ImmutableArray<FlowItem> s_everything = [new EthItem()];

    private readonly FlowLowering _lowering;
    private readonly GroupTemplates _templates;

    internal GroupRules(FlowLowering lowering, GroupTemplates templates)
    {
        _lowering = lowering;
        _templates = templates;
        PlannedRule rest = Rule(
            _templates.Deliver(GroupLayout.Ingress, GroupLayout.Rest), s_everything, RuleVerdict.Punt, Direction.Ingress, [], []);
        PlannedRule on = Rule(
            _templates.Jump(GroupLayout.Egress, GroupLayout.Pass, GroupLayout.Ingress),
            s_everything,
            RuleVerdict.Punt,
            Direction.Egress,
            [],
            [rest.Key]);
        PlannedRule root = Rule(
            _templates.Jump(GroupLayout.Root, GroupLayout.Transient, GroupLayout.Egress),
            s_everything,
            RuleVerdict.Punt,
            Direction.Egress,
            [],
            [rest.Key, on.Key]);
        Base = new RuleSet(string.Empty, Direction.Ingress, [rest, on, root], []);
        BaseKeys = [rest.Key, on.Key, root.Key];
    }

    /// <summary>The rules that every plan has which has any.</summary>
    internal RuleSet Base { get; }

    internal ImmutableArray<RuleKey> BaseKeys { get; }

    /// <summary>The rules of a node, as of these lines of policy.</summary>
    /// <param name="node">The node; takes over entries of the one before it.</param>
    /// <param name="next">Where its packets go on; null for a last group.</param>
    /// <param name="origins">Lines of each of the node's matches; empty for a last group.</param>
    internal RuleSet Of(GroupNode node, GroupNode? next, ImmutableArray<ImmutableArray<RuleOrigin>> origins)
    {
        if (node.Find(origins) is { } known)
        {
            return known;
        }

        RuleSet rules = next is null ? LastOf(node)
            : node.Content.IsSplit ? SplitOf(node, next, origins)
            : node.Content.IsSecond ? SecondOf(node, next, origins)
            : node.Content.Peers is null ? HeadOf(node, next, origins)
            : BlockOf(node, next, origins);
        node.Add(origins, rules);
        return rules;
    }

    /// <summary>The rules of one pattern each that a region takes.</summary>
    internal IEnumerable<PlannedRule> Lower(
        FlowMatch region,
        RuleTemplate template,
        RuleVerdict verdict,
        Direction direction,
        ImmutableArray<RuleOrigin> origins,
        ImmutableArray<RuleKey> dependsOn,
        string pod = "")
    {
        LoweringResult lowered = _lowering.Lower(region);
        if (verdict != RuleVerdict.Punt && !lowered.IsExact)
        {
            throw new InvalidOperationException($"{region} is not consumed: {lowered.Missing}");
        }

        return lowered.Patterns.Select(
            pattern => Rule(template, pattern, verdict, direction, origins, dependsOn) with { Pod = pod });
    }

    private RuleSet LastOf(GroupNode node)
    {
        Direction direction = node.Content.Direction;
        PlannedRule rest = RestOf(node.Number, direction);
        IpPrefix any = IpPrefix.Everything(node.Content.Family);
        FlowMatch everything = new(node.Content.Family, any, any);
        ImmutableArray<PlannedRule> exempt =
        [
            .. node.Content.Peers!.OfFamily(node.Content.Family).SelectMany(peer => Lower(
                direction == Direction.Ingress ? everything with { Src = peer } : everything with { Dst = peer },
                _templates.Punt(direction, node.Number, GroupLayout.First),
                RuleVerdict.Punt,
                direction,
                [],
                [])),
        ];
        node.Entry = [rest.Key, .. exempt.Select(cover => cover.Key)];
        ImmutableArray<PlannedRule> drops =
        [
            .. node.Content.Matches.Items.SelectMany(drop => Lower(
                drop,
                _templates.Drop(node.Number, GroupLayout.On),
                RuleVerdict.Drop,
                direction,
                [],
                node.Entry)),
        ];
        return new RuleSet(string.Empty, direction, [rest, .. exempt], drops);
    }

    private RuleSet HeadOf(GroupNode node, GroupNode next, ImmutableArray<ImmutableArray<RuleOrigin>> origins)
    {
        Direction direction = node.Content.Direction;
        ImmutableArray<PlannedRule> covers = CoversOf(node.Number, node, origins);
        PlannedRule on = Rule(
            _templates.Jump(node.Number, GroupLayout.On, next.Number),
            s_everything,
            RuleVerdict.Punt,
            direction,
            [],
            next.Entry);
        node.Entry = [.. next.Entry, .. covers.Select(cover => cover.Key), on.Key];
        return new RuleSet(
            string.Empty,
            direction,
            [.. covers, on],
            [.. SynsOn(node.Number, node, next, [.. next.Entry, .. covers.Select(cover => cover.Key)])]);
    }

    // What leads here knows the catch-all only, so that the covers may change.
    private RuleSet SecondOf(GroupNode node, GroupNode next, ImmutableArray<ImmutableArray<RuleOrigin>> origins)
    {
        Direction direction = node.Content.Direction;
        ImmutableArray<PlannedRule> covers = CoversOf(node.Number, node, origins);
        PlannedRule rest = RestOf(node.Number, direction);
        node.Entry = [rest.Key];
        ImmutableArray<RuleKey> needed = [.. next.Entry, rest.Key, .. covers.Select(cover => cover.Key)];
        return new RuleSet(
            string.Empty,
            direction,
            [rest, .. covers],
            [NextOf(node.Number, direction, next, needed), .. SynsOn(node.Number, node, next, needed)]);
    }

    private RuleSet SplitOf(GroupNode node, GroupNode next, ImmutableArray<ImmutableArray<RuleOrigin>> origins)
    {
        Direction direction = node.Content.Direction;
        ImmutableArray<FlowMatch> matches = node.Content.Matches.Items;
        PlannedRule rest = RestOf(node.Number, direction);
        node.Entry = [rest.Key];
        ImmutableArray<PlannedRule> ways =
        [
            .. Enumerable.Range(0, matches.Length).SelectMany(i => Lower(
                matches[i],
                _templates.Jump(node.Number, LayerOf(matches[i]), node.Targets[i].Number),
                RuleVerdict.Punt,
                direction,
                origins[i],
                node.Targets[i].Entry)),
        ];
        ImmutableArray<RuleKey> needed = [.. next.Entry, rest.Key, .. ways.Select(way => way.Key)];
        return new RuleSet(
            string.Empty,
            direction,
            [rest, .. ways],
            [NextOf(node.Number, direction, next, needed), .. SynsOn(node.Number, node, next, needed)]);
    }

    private RuleSet BlockOf(GroupNode node, GroupNode next, ImmutableArray<ImmutableArray<RuleOrigin>> origins)
    {
        Direction direction = node.Content.Direction;
        List<PlannedRule> before = [];
        List<PlannedRule> defaults = [];
        PlannedRule rest = RestOf(node.Number, direction);
        if (node.Ports != 0)
        {
            PlannedRule portRest = RestOf(node.Ports, direction);
            ImmutableArray<PlannedRule> covers = CoversOf(node.Ports, node, origins);
            before.Add(portRest);
            before.AddRange(covers);
            ImmutableArray<RuleKey> ofPorts = [.. next.Entry, portRest.Key, .. covers.Select(cover => cover.Key)];
            defaults.Add(NextOf(node.Ports, direction, next, ofPorts));
            defaults.AddRange(SynsOn(node.Ports, node, next, ofPorts));
        }
        else
        {
            defaults.AddRange(SynsOn(node.Number, node, next, [.. next.Entry, rest.Key]));
        }

        before.Add(rest);
        node.Entry = [rest.Key];
        (ImmutableArray<PlannedRule> entries, RuleSetChange? change) = EntriesOf(node, origins, before);
        defaults.AddRange(ExcludesOf(node, next, [.. next.Entry, rest.Key], entries));
        RuleKey[] needed = new RuleKey[next.Entry.Length + before.Count + entries.Length];
        int at = 0;
        foreach (RuleKey key in next.Entry)
        {
            needed[at++] = key;
        }

        foreach (PlannedRule rule in before)
        {
            needed[at++] = rule.Key;
        }

        foreach (PlannedRule rule in entries)
        {
            needed[at++] = rule.Key;
        }

        defaults.Add(NextOf(
            node.Number,
            direction,
            next,
            System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(needed)));
        return new RuleSet(string.Empty, direction, [.. before, .. entries], [.. defaults])
        {
            Entries = entries,
            Change = change,
        };
    }

    private PlannedRule NextOf(uint group, Direction direction, GroupNode next, ImmutableArray<RuleKey> dependsOn) => Rule(
        _templates.Jump(group, GroupLayout.On, next.Number), s_everything, RuleVerdict.Drop, direction, [], dependsOn);

    // Where covers of replies stand that have TCP in them: bare SYNs are none of theirs.
    private IEnumerable<PlannedRule> SynsOn(uint group, GroupNode node, GroupNode next, ImmutableArray<RuleKey> dependsOn)
    {
        FlowMatch? replies = node.Content.Matches.Items.FirstOrDefault(match => match.ExceptBareSyn);
        if (replies is null)
        {
            return [];
        }

        FlowMatch bareSyn = new(replies.Family, IpPrefix.Everything(replies.Family), IpPrefix.Everything(replies.Family))
        {
            Proto = (byte)L4Proto.Tcp,
            ProtoBy = ProtoBy.L4,
            NotFragment = true,
            TcpFlagsSpec = FlowMatch.BareSyn,
            TcpFlagsMask = FlowMatch.SynMask,
        };
        RuleTemplate template = _templates.Jump(group, GroupLayout.Syn, next.Number);
        return Lower(bareSyn, template, RuleVerdict.Drop, node.Content.Direction, [], dependsOn);
    }

    // Stronger than the blocks that they are in, and by a priority that covers do not have: so a group changes from the one form to
    // the other in place.
    private IEnumerable<PlannedRule> ExcludesOf(
        GroupNode node, GroupNode next, ImmutableArray<RuleKey> dependsOn, ImmutableArray<PlannedRule> entries)
    {
        Direction direction = node.Content.Direction;
        IpPrefix any = IpPrefix.Everything(node.Content.Family);
        FlowMatch everything = new(node.Content.Family, any, any);
        RuleTemplate template = _templates.Jump(node.Number, GroupLayout.Syn, next.Number);
        return node.Excludes.SelectMany(peer => Lower(
            direction == Direction.Ingress ? everything with { Src = peer } : everything with { Dst = peer },
            template,
            RuleVerdict.Drop,
            direction,
            [],
            [
                .. dependsOn,
                .. Enumerable.Range(0, entries.Length).Where(i => peer.Contains(node.Prefixes[i])).Select(i => entries[i].Key),
            ]));
    }

    // Blocks with exceptions are weaker than those, and peers within exceptions are stronger.
    private static int EntryLayerOf(GroupNode node, FlowMatch shape, IpPrefix peer)
    {
        foreach (IpPrefix exclude in node.Excludes)
        {
            if (peer.Contains(exclude))
            {
                return GroupLayout.Replies;
            }
        }

        return node.Ports == 0 ? LayerOf(shape) : GroupLayout.First;
    }

    private static int LayerOf(FlowMatch cover) => cover.ExceptBareSyn ? GroupLayout.Replies : GroupLayout.First;

    private PlannedRule RestOf(uint group, Direction direction) => Rule(
        _templates.Punt(direction, group, GroupLayout.End), s_everything, RuleVerdict.Punt, direction, [], []);

    private ImmutableArray<PlannedRule> CoversOf(
        uint group, GroupNode node, ImmutableArray<ImmutableArray<RuleOrigin>> origins)
    {
        ImmutableArray<FlowMatch> matches = node.Content.Matches.Items;
        return
        [
            .. Enumerable.Range(0, matches.Length).SelectMany(
                i => Lower(
                    matches[i],
                    _templates.Punt(node.Content.Direction, group, LayerOf(matches[i])),
                    RuleVerdict.Punt,
                    node.Content.Direction,
                    origins[i],
                    [])),
        ];
    }

    // Entries of the node before that say the same are kept as they are: a peer more costs one entry, not all.
    private (ImmutableArray<PlannedRule> Entries, RuleSetChange? Change) EntriesOf(
        GroupNode node, ImmutableArray<ImmutableArray<RuleOrigin>> origins, List<PlannedRule> before)
    {
        Direction direction = node.Content.Direction;
        FlowMatch shape = node.Content.Matches.Items[0];
        FlowMatch any = node.Ports == 0 ? shape : new FlowMatch(shape.Family, shape.Src, shape.Dst);
        RuleTemplate?[] templates = new RuleTemplate?[GroupLayout.Priorities];
        ImmutableArray<RuleOrigin> lines = origins.Length == 1
            ? origins[0]
            : [.. origins.SelectMany(some => some).Distinct().Order()];
        ImmutableArray<RuleKey> dependsOn = node.Ports == 0 ? [] : [before[0].Key];

        GroupNode? old = node.Before;
        bool sameEntries = old is not null && old.Number == node.Number && old.Ports == node.Ports &&
            (node.Ports != 0 || old.Content.Matches.Items[0] == shape);
        RuleSet? oldRules = sameEntries ? old!.Find(origins) : null;
        List<PlannedRule> added = [];
        List<PlannedRule> removed = [];
        PlannedRule[] entries = new PlannedRule[node.Prefixes.Length];
        int at = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            IpPrefix peer = node.Prefixes[i];
            RuleTemplate template = TemplateAt(EntryLayerOf(node, shape, peer));
            PlannedRule? kept = null;
            while (oldRules is not null && at < old!.Prefixes.Length && old.Prefixes[at] <= peer)
            {
                if (old.Prefixes[at] == peer && oldRules.Entries[at].Spec.Attr == template.Attr)
                {
                    kept = oldRules.Entries[at];
                }
                else
                {
                    removed.Add(oldRules.Entries[at]);
                }

                at++;
            }

            if (kept is null)
            {
                FlowMatch match = direction == Direction.Ingress ? any with { Src = peer } : any with { Dst = peer };
                kept = Lower(match, template, RuleVerdict.Punt, direction, lines, dependsOn).Single();
                added.Add(kept);
            }

            entries[i] = kept;
        }

        for (; oldRules is not null && at < old!.Prefixes.Length; at++)
        {
            removed.Add(oldRules.Entries[at]);
        }

        RuleSetChange? change = oldRules is null ? null : new RuleSetChange(oldRules, added, removed);
        return (System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(entries), change);

        RuleTemplate TemplateAt(int layer) => templates[layer] ??= node.Ports == 0
            ? _templates.Punt(direction, node.Number, layer)
            : _templates.Jump(node.Number, layer, node.Ports);
    }

    private static PlannedRule Rule(
        RuleTemplate template,
        ImmutableArray<FlowItem> pattern,
        RuleVerdict verdict,
        Direction direction,
        ImmutableArray<RuleOrigin> origins,
        ImmutableArray<RuleKey> dependsOn)
    {
        FlowSpec spec = template.With(pattern);
        return new PlannedRule(RuleKey.Of(spec), spec, verdict, string.Empty, direction, origins, dependsOn);
    }
}
