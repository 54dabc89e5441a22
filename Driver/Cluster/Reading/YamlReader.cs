using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace NetPolNic.Cluster.Reading;

/// <summary>Reads the documents of a YAML text. A broken document does not hide the others.</summary>
internal static partial class YamlReader
{
    /// <summary>Why a line that begins with a tab is refused.</summary>
    public const string TabReason = "a tab is used for indentation; YAML wants spaces";

    public static ParsedText Read(string text)
    {
        List<ManifestNode> documents = [];
        List<SyntaxProblem> problems = [];
        string[] lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n');
        int start = 0;
        for (int i = 1; i <= lines.Length; i++)
        {
            // "---" at the start of a line ends a document wherever it stands, in a block of text too (YAML 1.2,
            // 9.1.2).
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
            GuardedParser parser = new(new Parser(new StringReader(string.Join('\n', lines) + "\n")), firstLine);
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
            problems.Add(Explain(e, lines, firstLine));
        }
    }

    private static SyntaxProblem Explain(YamlException e, string[] lines, int firstLine)
    {
        // The parser may only say where the mapping with the tab begins.
        int line = Math.Clamp((int)e.Start.Line, 1, lines.Length);
        int tabLine = Array.FindIndex(lines, line - 1, IsIndentedByTab) + 1;
        if (tabLine == line || (tabLine > 0 && e.Message.Contains("tab", StringComparison.Ordinal)))
        {
            return new SyntaxProblem(firstLine + tabLine - 1, TabReason);
        }

        string message = PositionPattern().Replace(e.Message, "").Trim().TrimEnd('.');
        string text = message.Length == 0 ? message : char.ToLowerInvariant(message[0]) + message[1..];
        return new SyntaxProblem(firstLine + line - 1, $"no valid YAML: {text}");
    }

    private static bool IsIndentedByTab(string line) =>
        line.AsSpan(0, line.Length - line.AsSpan().TrimStart(" \t").Length).Contains('\t');

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
