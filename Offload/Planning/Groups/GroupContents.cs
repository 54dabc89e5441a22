using System.Collections.Immutable;
using NetPolNic.Offload.Lowering;
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
        bool complete = Add(chain, template, null, template.Drops, []);
        for (int i = template.Blocks.Length - 1; complete && i >= 0; i--)
        {
            PeerBlock block = template.Blocks[i];
            complete = Add(chain, template, block, block.Shapes, block.Origins);
        }

        if (complete && !template.Covers.IsEmpty)
        {
            complete = Add(
                chain,
                template,
                null,
                [.. template.Covers.Select(cover => cover.Match)],
                [.. template.Covers.Select(cover => cover.Origins)]);
        }

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

    private bool Add(
        List<(GroupNode Node, RuleSet Rules)> chain,
        ContentTemplate template,
        PeerBlock? block,
        ImmutableArray<FlowMatch> matches,
        ImmutableArray<ImmutableArray<RuleOrigin>> origins)
    {
        GroupNode? next = chain.Count == 0 ? null : chain[^1].Node;
        GroupContent content = new(
            template.Direction, template.Family, next?.Number ?? 0, block?.Peers, new Sequence<FlowMatch>(matches));
        GroupNode? node = _nodes.GetValueOrDefault(content) ?? Make(content, block);
        if (node is null)
        {
            return false;
        }

        node.Users++;
        _idle.Remove(node);
        chain.Add((node, _rules.Of(node, next, origins)));
        node.Before = null;
        return true;
    }

    private GroupNode? Make(GroupContent content, PeerBlock? block)
    {
        bool stages = block is { Shapes.Length: > 1 };
        GroupNode? before = block is null ? null : FindBefore(content, stages);
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
            Prefixes = block?.Prefixes ?? [],
            Before = before,
        };
        _nodes.Add(content, node);
        return node;
    }

    // A block that all its users have left: the new one is it with other peers or ports, changed in place.
    private GroupNode? FindBefore(GroupContent content, bool stages)
    {
        GroupNode? best = null;
        int bestRank = 0;
        foreach (GroupNode idle in _idle)
        {
            GroupContent old = idle.Content;
            if (idle.IsTaken || idle.Users > 0 || old.Peers is null || (idle.Ports != 0) != stages ||
                old.Direction != content.Direction || old.Family != content.Family || old.Next != content.Next)
            {
                continue;
            }

            int rank = old.Matches.Equals(content.Matches) ? 2 : old.Peers.Equals(content.Peers) ? 1 : 0;
            if (rank > bestRank || (rank == bestRank && rank > 0 && idle.Number < best!.Number))
            {
                best = idle;
                bestRank = rank;
            }
        }

        return best;
    }
}
