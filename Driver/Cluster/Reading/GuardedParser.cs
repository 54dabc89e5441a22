using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace NetPolNic.Cluster.Reading;

/// <summary>The YAML parser, whose own failures on broken text are turned into a syntax problem.</summary>
internal sealed class GuardedParser(IParser parser, int firstLine) : IParser
{
    private int _line = 1;

    public ParsingEvent? Current => parser.Current;

    public bool MoveNext()
    {
        try
        {
            bool isThere = parser.MoveNext();
            _line = isThere ? Math.Max(_line, (int)parser.Current!.Start.Line) : _line;
            return isThere;
        }
        catch (Exception e) when (e is not (YamlException or OutOfMemoryException))
        {
            // YamlDotNet 18.1.0 throws InvalidOperationException from its scanner on text such as "a: [b" and "- c"
            // below it: whatever it throws, the text is no YAML, and a reader of manifests must not fall over it (I6).
            throw new ManifestSyntaxException(
                firstLine + _line - 1, "no valid YAML: the text from here on cannot be read");
        }
    }
}
