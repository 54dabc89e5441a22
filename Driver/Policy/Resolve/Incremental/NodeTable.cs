using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>Addresses of nodes, by what their pods that are not terminated show (S-b12).</summary>
internal sealed class NodeTable
{
    private readonly Dictionary<string, NodeEntry> _nodes = new(StringComparer.Ordinal);

    public int Count => _nodes.Count;

    /// <summary>Nodes whose addresses may have changed; the reader clears it.</summary>
    public HashSet<NodeEntry> Changed { get; } = [];

    /// <summary>One pod takes the place of another; null is none.</summary>
    public void Replace(Pod? before, Pod? after)
    {
        // The new one first, so that an address that both show never vanishes in between.
        if (after is { Terminated: false, NodeName: { } name })
        {
            if (!_nodes.TryGetValue(name, out NodeEntry? node))
            {
                _nodes.Add(name, node = new NodeEntry());
            }

            Note(node, node.Add(after));
        }

        if (before is { Terminated: false, NodeName: { } old })
        {
            NodeEntry node = _nodes[old];
            Note(node, node.Remove(before));
            if (node.IsUnused)
            {
                _nodes.Remove(old);
            }
        }
    }

    /// <summary>The node of a pod, or null while it has none.</summary>
    public NodeEntry? Of(Pod pod) => pod.NodeName is null ? null : _nodes.GetValueOrDefault(pod.NodeName);

    /// <summary>Addresses of the node that a pod runs on.</summary>
    public IEnumerable<IpAddr> AddressesOf(Pod pod) => Of(pod)?.Addresses ?? (IEnumerable<IpAddr>)pod.NodeAddresses;

    private void Note(NodeEntry node, bool changed)
    {
        if (changed)
        {
            Changed.Add(node);
        }
    }
}
