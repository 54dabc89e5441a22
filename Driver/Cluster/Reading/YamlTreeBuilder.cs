using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace NetPolNic.Cluster.Reading;

/// <summary>
/// Builds the nodes of one YAML document from the parser's events, with every bound of <see cref="Limits"/>.
/// </summary>
/// <remarks>
/// Not YamlDotNet's representation model: that one recurses without a bound, so a deeply nested file ends the process.
/// </remarks>
internal sealed class YamlTreeBuilder(IParser parser, IReadOnlyList<string> lines, int firstLine)
{
    private readonly Dictionary<string, ManifestNode?> _anchors = new(StringComparer.Ordinal);
    private long _aliasNodes;
    private int _depth;
    private int _flowDepth;

    /// <summary>Reads the next node; the parser stands on its first event and afterwards behind its last.</summary>
    /// <exception cref="ManifestSyntaxException">The node is outside what a manifest may be.</exception>
    public ManifestNode Read()
    {
        ParsingEvent current = parser.Current!;
        parser.MoveNext();
        int line = LineOf(current);
        if (current is AnchorAlias alias)
        {
            return Expand(alias.Value.Value, line);
        }

        if (current is not NodeEvent node)
        {
            throw new ManifestSyntaxException(line, "a value is missing");
        }

        RefuseTabIndent(node, line);
        string? anchor = node.Anchor.IsEmpty ? null : node.Anchor.Value;
        if (anchor is not null)
        {
            _anchors[anchor] = null;
        }

        ManifestNode read = node switch
        {
            Scalar scalar => ReadScalar(scalar, line),
            SequenceStart start => Nested(start.Style == SequenceStyle.Flow, line, () => ReadList(line)),
            MappingStart start => Nested(start.Style == MappingStyle.Flow, line, () => ReadMap(line)),
            _ => throw new ManifestSyntaxException(line, "a value is missing"),
        };
        if (anchor is not null)
        {
            _anchors[anchor] = read;
        }

        return read;
    }

    private static ManifestNode ReadScalar(Scalar scalar, int line)
    {
        if (!scalar.Tag.IsEmpty && !scalar.Tag.IsNonSpecific)
        {
            return YamlScalars.ResolveTagged(scalar.Tag.Value, scalar.Value, line);
        }

        return scalar.Style == ScalarStyle.Plain
            ? YamlScalars.Resolve(scalar.Value, line)
            : new ManifestNode(NodeKind.String, line, scalar.Value);
    }

    private ManifestNode Nested(bool isFlow, int line, Func<ManifestNode> read)
    {
        if (++_depth > Limits.Depth)
        {
            throw new ManifestSyntaxException(line, $"nested deeper than {Limits.Depth} levels");
        }

        _flowDepth += isFlow ? 1 : 0;
        ManifestNode node = read();
        _flowDepth -= isFlow ? 1 : 0;
        _depth--;
        return node;
    }

    private ManifestNode ReadList(int line)
    {
        List<ManifestNode> items = [];
        while (parser.Current is not SequenceEnd)
        {
            items.Add(Read());
        }

        parser.MoveNext();
        return ManifestNode.List(line, items);
    }

    private ManifestNode ReadMap(int line)
    {
        MapBuilder map = new(line);
        List<ManifestNode> merged = [];
        while (parser.Current is not MappingEnd)
        {
            bool isMerge = parser.Current is Scalar { Value: "<<", Style: ScalarStyle.Plain };
            ManifestNode key = Read();
            ManifestNode value = Read();
            if (isMerge)
            {
                merged.AddRange(MergeSources(value));
            }
            else if (key.Kind is NodeKind.Map or NodeKind.List or NodeKind.Null)
            {
                throw new ManifestSyntaxException(key.Line, "a key must be a string");
            }
            else
            {
                map.Add(new ManifestEntry(key.Text, key.Line, value));
            }
        }

        parser.MoveNext();
        merged.ForEach(map.Merge);
        return map.Build();
    }

    private static IReadOnlyList<ManifestNode> MergeSources(ManifestNode value)
    {
        IReadOnlyList<ManifestNode> sources = value.Kind == NodeKind.List ? value.Items : [value];
        return sources.All(source => source.Kind == NodeKind.Map)
            ? sources
            : throw new ManifestSyntaxException(value.Line, "'<<' merges mappings only");
    }

    private ManifestNode Expand(string anchor, int line)
    {
        if (!_anchors.TryGetValue(anchor, out ManifestNode? node))
        {
            throw new ManifestSyntaxException(line, $"the alias '*{anchor}' has no anchor before it");
        }

        if (node is null)
        {
            throw new ManifestSyntaxException(line, $"the alias '*{anchor}' stands inside what it names");
        }

        _aliasNodes += node.Weight;
        return _aliasNodes <= Limits.AliasNodes
            ? node
            : throw new ManifestSyntaxException(line, "the document's aliases expand to too many values");
    }

    private void RefuseTabIndent(NodeEvent node, int line)
    {
        if (_flowDepth > 0 || node.Start.Line < 1 || node.Start.Line > lines.Count)
        {
            return;
        }

        string text = lines[(int)node.Start.Line - 1];
        ReadOnlySpan<char> before = text.AsSpan(0, Math.Min((int)node.Start.Column - 1, text.Length));
        if (before.Contains('\t') && before.Trim(" \t-?").IsEmpty)
        {
            throw new ManifestSyntaxException(line, YamlReader.TabReason);
        }
    }

    private int LineOf(ParsingEvent parsed) => firstLine + (int)parsed.Start.Line - 1;
}
