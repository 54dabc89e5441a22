using System.Collections.Immutable;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning.Groups;

/// <summary>
/// The groups that are in use, by content, with their numbers. In an update: give back what is used no longer, then
/// take what is new, then <see cref="Commit"/>.
/// </summary>
internal sealed class GroupContents
{
    private readonly GroupRules _rules;
    private readonly GroupNumbers _numbers;
    private readonly Dictionary<GroupContent, GroupNode> _nodes = [];
    private readonly HashSet<GroupNode> _idle = new(ReferenceEqualityComparer.Instance);

    internal GroupContents(GroupRules rules, uint limit)
    {
        _rules = rules;
        _numbers = new GroupNumbers(GroupLayout.FirstShared, limit);
    }

    /// <summary>Makes the chain of a template, as far as it is not there; null where there are not enough groups.</summary>
    internal ImmutableArray<(GroupNode Node, RuleSet Rules)>? Take(ContentTemplate template)
    {
        List<(GroupNode Node, RuleSet Rules)> chain = [];
        bool complete = Add(chain, template, new Link(null, null, template.Drops, []) { Exempt = template.Exempt });
        complete = complete && AddBlocks(chain, template, template.Whole);
        complete = complete && AddSplit(chain, template);
        complete = complete && AddCovers(chain, template, template.MoreCovers, isSecond: true);
        complete = complete && AddBlocks(chain, template, template.Blocks);
        complete = complete && AddCovers(chain, template, template.Covers, isSecond: false);
        if (!complete)
        {
            chain.ForEach(link => Release(link.Node));
            return null;
        }

        return [.. chain];
    }

    /// <summary>Gives a chain back.</summary>
    internal void Release(GroupNode node)
    {
        if (--node.Users == 0)
        {
            _idle.Add(node);
        }
    }

    /// <summary>Ends an update: groups without users are gone.</summary>
    internal void Commit()
    {
        foreach (GroupNode node in _idle)
        {
            if (node.IsTaken)
            {
                continue;
            }

            _nodes.Remove(node.Content);
            _numbers.Free(node.Number);
            if (node.Ports != 0)
            {
                _numbers.Free(node.Ports);
            }
        }

        _idle.Clear();
    }

    private bool AddCovers(
        List<(GroupNode Node, RuleSet Rules)> chain,
        ContentTemplate template,
        ImmutableArray<(FlowMatch Match, ImmutableArray<RuleOrigin> Origins)> covers,
        bool isSecond) => covers.IsEmpty || Add(
            chain,
            template,
            new Link(
                chain[^1].Node,
                null,
                [.. covers.Select(cover => cover.Match)],
                [.. covers.Select(cover => cover.Origins)])
            {
                IsSecond = isSecond,
            });

    private bool AddBlocks(
        List<(GroupNode Node, RuleSet Rules)> chain, ContentTemplate template, ImmutableArray<PeerBlock> blocks)
    {
        bool complete = true;
        for (int i = blocks.Length - 1; complete && i >= 0; i--)
        {
            complete = Add(chain, template, new Link(chain[^1].Node, blocks[i], blocks[i].Shapes, blocks[i].Origins));
        }

        return complete;
    }

    private bool AddSplit(List<(GroupNode Node, RuleSet Rules)> chain, ContentTemplate template)
    {
        GroupNode next = chain[^1].Node;
        List<GroupNode> targets = [];
        foreach (PeerBlock block in template.Split)
        {
            PeerBlock peers = block.ToWhole();
            if (!Add(chain, template, new Link(next, peers, peers.Shapes, peers.Origins)))
            {
                return false;
            }

            targets.AddRange(Enumerable.Repeat(chain[^1].Node, block.Shapes.Length));
        }

        return targets.Count == 0 || Add(
            chain,
            template,
            new Link(
                next,
                null,
                [.. template.Split.SelectMany(block => block.Shapes)],
                [.. template.Split.SelectMany(block => block.Origins)])
            {
                Targets = [.. targets],
            });
    }

    private bool Add(List<(GroupNode Node, RuleSet Rules)> chain, ContentTemplate template, Link link)
    {
        GroupContent content = new(
            template.Direction,
            template.Family,
            link.Next?.Number ?? 0,
            link.Block?.Peers ?? link.Exempt,
            new Sequence<FlowMatch>(link.Matches),
            new Sequence<uint>([.. link.Targets.Select(target => target.Number)]),
            link.IsSecond);
        GroupNode? node = _nodes.GetValueOrDefault(content) ?? Make(content, link);
        if (node is null)
        {
            return false;
        }

        node.Users++;
        _idle.Remove(node);
        chain.Add((node, _rules.Of(node, link.Next, link.Origins)));
        node.Before = null;
        return true;
    }

    private GroupNode? Make(GroupContent content, Link link)
    {
        PeerBlock? block = link.Block;
        PeerNesting? nesting = block?.Nesting;
        ImmutableArray<IpPrefix> prefixes =
            nesting is null ? block?.Prefixes ?? [] : [.. nesting.Includes.Concat(nesting.Inner).Order()];
        bool stages = block is { Shapes.Length: > 1 };
        GroupNode? before = link.Next is null ? null : FindBefore(content, prefixes, stages);
        if (before is null && _numbers.Available < (stages ? 2 : 1))
        {
            return null;
        }

        if (before is not null)
        {
            before.IsTaken = true;
            _nodes.Remove(before.Content);
        }

        GroupNode node = new()
        {
            Content = content,
            Number = before?.Number ?? _numbers.Take(),
            Ports = before?.Ports ?? (stages ? _numbers.Take() : 0),
            Targets = link.Targets,
            Prefixes = prefixes,
            Excludes = nesting?.Excludes ?? [],
            Before = before,
        };
        _nodes.Add(content, node);
        return node;
    }

    // A group that all its users have left: the new one is it with other peers, ports or covers, changed in place. What punts in it
    // comes before the old policy ends and goes after.
    private GroupNode? FindBefore(GroupContent content, ImmutableArray<IpPrefix> prefixes, bool stages)
    {
        GroupNode? best = null;
        double bestRank = 0;
        foreach (GroupNode idle in _idle)
        {
            GroupContent old = idle.Content;
            if (idle.IsTaken || idle.Users > 0 || old.Peers is null != content.Peers is null ||
                old.IsSplit != content.IsSplit || old.IsSecond != content.IsSecond || (idle.Ports != 0) != stages ||
                old.Direction != content.Direction || old.Family != content.Family || old.Next != content.Next)
            {
                continue;
            }

            // A split is small: any one will do, so that what stands before it may stay.
            double rank = content.IsSplit
                ? 1 + RankOf(old.Targets.Equals(content.Targets), old.Matches.Equals(content.Matches))
                : content.Peers is null ? CommonOf(old.Matches.Items, content.Matches.Items)
                : RankOf(old.Matches.Equals(content.Matches), content.Peers!.Equals(old.Peers)) +
                    ShareOf(idle.Prefixes, prefixes);
            if (rank > bestRank || (rank == bestRank && rank > 0 && idle.Number < best!.Number))
            {
                best = idle;
                bestRank = rank;
            }
        }

        return best;
    }

    private static int RankOf(bool first, bool second) => first ? 2 : second ? 1 : 0;

    private static int CommonOf(ImmutableArray<FlowMatch> left, ImmutableArray<FlowMatch> right) => left.Intersect(right).Count();

    // What the shorter list has in common with the other one, below 1.
    private static double ShareOf(ImmutableArray<IpPrefix> left, ImmutableArray<IpPrefix> right)
    {
        int common = 0;
        int at = 0;
        foreach (IpPrefix prefix in left)
        {
            while (at < right.Length && right[at] < prefix)
            {
                at++;
            }

            common += at < right.Length && right[at] == prefix ? 1 : 0;
        }

        return common / (1.0 + Math.Min(left.Length, right.Length));
    }

    /// <summary>A group to be, and where packets go on that nothing in it matches.</summary>
    private sealed record Link(
        GroupNode? Next,
        PeerBlock? Block,
        ImmutableArray<FlowMatch> Matches,
        ImmutableArray<ImmutableArray<RuleOrigin>> Origins)
    {
        internal ImmutableArray<GroupNode> Targets { get; init; } = [];

        internal PeerSet? Exempt { get; init; }

        internal bool IsSecond { get; init; }
    }
}
