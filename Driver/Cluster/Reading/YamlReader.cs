using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace NetPolNic.Cluster.Reading;

/// <summary>Reads the documents of a YAML text. A broken document does not hide the others.</summary>
internal static partial class YamlReader
{
    public static ParsedText Read(string text)
    {
        List<ManifestNode> documents = [];
        List<SyntaxProblem> problems = [];
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        int start = 0;
        for (int i = 1; i <= lines.Length; i++)
        {
            // "---" at the start of a line ends a document wherever it stands, in a block of text too (YAML 1.2, 9.1.2).
            if (i == lines.Length || (IsSeparator(lines[i]) && !IsPrologue(lines.AsSpan(start, i - start))))
            {
                ReadChunk(lines[start..i], start + 1, documents, problems);
                start = i;
            }
        }

        return new ParsedText(documents, problems);
    }

    private static void ReadChunk(
        string[] lines, int firstLine, List<ManifestNode> documents, List<SyntaxProblem> problems)
    {
        try
        {
            Parser parser = new(new StringReader(string.Join('\n', lines) + "\n"));
            parser.MoveNext();
            while (parser.MoveNext() && parser.Current is DocumentStart)
            {
                parser.MoveNext();
                ManifestNode document = new YamlTreeBuilder(parser, lines, firstLine).Read();
                if (document.Kind != NodeKind.Null)
                {
                    documents.Add(document);
                }
            }
        }
        catch (ManifestSyntaxException e)
        {
            problems.Add(new SyntaxProblem(e.Line, e.Message));
        }
        catch (YamlException e)
        {
            int line = Math.Clamp((int)e.Start.Line, 1, lines.Length);
            problems.Add(new SyntaxProblem(firstLine + line - 1, Explain(e, lines[line - 1])));
        }
    }

    private static string Explain(YamlException e, string line)
    {
        if (line.AsSpan(0, line.Length - line.AsSpan().TrimStart(" \t").Length).Contains('\t'))
        {
            return "a tab is used for indentation; YAML wants spaces";
        }

        string message = PositionPattern().Replace(e.Message, "").Trim().TrimEnd('.');
        return $"no valid YAML: {(message.Length == 0 ? message : char.ToLowerInvariant(message[0]) + message[1..])}";
    }

    private static bool IsSeparator(string line) =>
        line.StartsWith("---", StringComparison.Ordinal) && (line.Length == 3 || line[3] is ' ' or '\t');

    /// <summary>Whether the lines are directives and comments only, so that the separator belongs to them.</summary>
    private static bool IsPrologue(ReadOnlySpan<string> lines)
    {
        bool directive = false;
        foreach (string line in lines)
        {
            directive |= line.StartsWith('%');
            if (!line.StartsWith('%') && !line.StartsWith('#') && !string.IsNullOrWhiteSpace(line))
            {
                return false;
            }
        }

        return directive;
    }

    [GeneratedRegex(@"^\(Line: \d+, Col: \d+, Idx: \d+\) - \(Line: \d+, Col: \d+, Idx: \d+\): ")]
    private static partial Regex PositionPattern();
}
