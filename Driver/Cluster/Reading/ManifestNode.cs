using NetPolNic.Cluster.Validation;

namespace NetPolNic.Cluster.Reading;

/// <summary>A value of a manifest with the line where it stands: YAML and JSON alike.</summary>
/// <remarks>Aliased nodes are shared, so a tree may be a graph; it has no cycles and its expanded size is
/// bounded.</remarks>
internal sealed class ManifestNode
{
    /// <summary>Makes a scalar; <paramref name="text"/> is the canonical text of its kind.</summary>
    public ManifestNode(NodeKind kind, int line, string text)
    {
        Kind = kind;
        Line = line;
        Text = text;
        Items = [];
        Entries = [];
        Duplicates = [];
    }

    private ManifestNode(int line, IReadOnlyList<ManifestNode> items)
        : this(NodeKind.List, line, "")
    {
        Items = items;
        Weight = 1 + items.Sum(item => item.Weight);
        HasDuplicates = items.Any(item => item.HasDuplicates);
    }

    private ManifestNode(int line, IReadOnlyList<ManifestEntry> entries, IReadOnlyList<ManifestEntry> duplicates)
        : this(NodeKind.Map, line, "")
    {
        Entries = entries;
        Duplicates = duplicates;
        Weight = 1 + entries.Sum(entry => entry.Value.Weight);
        HasDuplicates = duplicates.Count > 0 || entries.Any(entry => entry.Value.HasDuplicates);
    }

    public NodeKind Kind { get; }

    /// <summary>Line of the first character, counted from 1.</summary>
    public int Line { get; }

    /// <summary>The scalar's text; empty for lists and mappings.</summary>
    public string Text { get; }

    public IReadOnlyList<ManifestNode> Items { get; }

    public IReadOnlyList<ManifestEntry> Entries { get; }

    /// <summary>Entries whose key stood before in the same mapping; not in <see cref="Entries"/>.</summary>
    public IReadOnlyList<ManifestEntry> Duplicates { get; }

    /// <summary>Whether this mapping or one below it has duplicate keys.</summary>
    public bool HasDuplicates { get; }

    /// <summary>Number of nodes below and including this one, aliases expanded.</summary>
    public long Weight { get; } = 1;

    public static ManifestNode List(int line, IReadOnlyList<ManifestNode> items) => new(line, items);

    public static ManifestNode Map(
        int line, IReadOnlyList<ManifestEntry> entries, IReadOnlyList<ManifestEntry> duplicates) =>
        new(line, entries, duplicates);

    /// <summary>The value of a key, or null where there is none or this is no mapping.</summary>
    public ManifestNode? Get(string key) => TryGet(key, out ManifestEntry entry) ? entry.Value : null;

    /// <summary>The text of a string value, or null.</summary>
    public string? GetString(string key) => Get(key) is { Kind: NodeKind.String } node ? node.Text : null;

    /// <summary>Line of the deepest part of <paramref name="path"/> that exists below this node.</summary>
    public int LineOf(FieldPath path)
    {
        ManifestNode node = this;
        int line = Line;
        foreach (FieldPath step in path.FromRoot())
        {
            if (step.Name is { } name)
            {
                if (!node.TryGet(name, out ManifestEntry entry))
                {
                    return line;
                }

                (node, line) = (entry.Value, entry.Line);
            }
            else if (step.ItemIndex < node.Items.Count)
            {
                node = node.Items[step.ItemIndex];
                line = node.Line;
            }
            else
            {
                return line;
            }
        }

        return line;
    }

    private bool TryGet(string key, out ManifestEntry found)
    {
        foreach (ManifestEntry entry in Entries)
        {
            if (entry.Key == key)
            {
                found = entry;
                return true;
            }
        }

        found = default;
        return false;
    }
}
