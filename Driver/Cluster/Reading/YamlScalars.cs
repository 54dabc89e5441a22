using System.Globalization;
using System.Text.RegularExpressions;

namespace NetPolNic.Cluster.Reading;

/// <summary>Resolves plain YAML scalars to the kinds that the API server sees.</summary>
/// <remarks>
/// Kubernetes reads YAML 1.1: yes/no/on/off are booleans and a number with digits only is a number wherever it
/// stands, so that an unquoted label value "yes" or "1" is refused there. Only single-letter y and n stay strings
/// here, as most writers leave them unquoted.
/// </remarks>
internal static partial class YamlScalars
{
    private const string TagPrefix = "tag:yaml.org,2002:";

    /// <summary>Makes the node of an unquoted, untagged scalar.</summary>
    public static ManifestNode Resolve(string text, int line) => new(KindOf(text), line, Canonical(KindOf(text), text));

    /// <summary>Makes the node of a scalar with an explicit tag.</summary>
    /// <exception cref="ManifestSyntaxException">The tag is not one of the core schema, or the text does not fit
    /// it.</exception>
    public static ManifestNode ResolveTagged(string tag, string text, int line)
    {
        string name = tag.StartsWith(TagPrefix, StringComparison.Ordinal) ? tag[TagPrefix.Length..] : tag;
        NodeKind wanted = name switch
        {
            "str" => NodeKind.String,
            "int" => NodeKind.Int,
            "float" => NodeKind.Float,
            "bool" => NodeKind.Bool,
            "null" => NodeKind.Null,
            _ => throw new ManifestSyntaxException(line, $"the YAML tag '{tag}' is not supported"),
        };
        if (wanted == NodeKind.String)
        {
            return new ManifestNode(NodeKind.String, line, text);
        }

        NodeKind actual = KindOf(text);
        bool fits = actual == wanted || (wanted == NodeKind.Float && actual == NodeKind.Int);
        return fits
            ? new ManifestNode(wanted, line, Canonical(wanted, text))
            : throw new ManifestSyntaxException(line, $"the text does not fit its YAML tag '!!{name}'");
    }

    private static NodeKind KindOf(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return NodeKind.Null;
            case "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON":
            case "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF":
                return NodeKind.Bool;
            default:
                break;
        }

        if (!char.IsAsciiDigit(text[0]) && text[0] is not ('+' or '-' or '.'))
        {
            return NodeKind.String;
        }

        bool isFloat = FloatPattern().IsMatch(text);
        return IntPattern().IsMatch(text) ? NodeKind.Int : isFloat ? NodeKind.Float : NodeKind.String;
    }

    private static string Canonical(NodeKind kind, string text)
    {
        if (kind == NodeKind.Bool)
        {
            return text[0] is 't' or 'T' or 'y' or 'Y' || text is "on" or "On" or "ON" ? "true" : "false";
        }

        bool plain = kind == NodeKind.Int &&
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) &&
            text.TrimStart('+', '-') is ['0'] or [not '0', ..] && value != long.MinValue;
        return plain ? text.TrimStart('+') : text;
    }

    [GeneratedRegex("^[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0o[0-7_]+|[0-9][0-9_]*)$", RegexOptions.CultureInvariant)]
    private static partial Regex IntPattern();

    [GeneratedRegex(
        @"^([-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$",
        RegexOptions.CultureInvariant)]
    private static partial Regex FloatPattern();
}
