using System.Text;

namespace NetPolNic.Cluster.Reading;

/// <summary>Turns the bytes or characters of a file into documents.</summary>
internal static class ManifestText
{
    private static readonly UTF8Encoding s_strictUtf8 = new(false, true);

    /// <summary>Decodes and parses a file's bytes.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="isJson">The file's name says JSON; else JSON is recognised by its first character.</param>
    public static ParsedText Parse(ReadOnlySpan<byte> bytes, bool isJson)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]))
        {
            return Refused(1, "the text is UTF-16; manifests are UTF-8");
        }

        try
        {
            return Parse(s_strictUtf8.GetString(bytes), isJson);
        }
        catch (DecoderFallbackException e)
        {
            int line = 1 + bytes[..Math.Clamp(e.Index, 0, bytes.Length)].Count((byte)'\n');
            return Refused(line, "the text is not valid UTF-8");
        }
    }

    /// <summary>Parses decoded text.</summary>
    public static ParsedText Parse(string text, bool isJson)
    {
        string content = text.StartsWith('\ufeff') ? text[1..] : text;
        for (int i = 0; i < content.Length; i++)
        {
            char c = content[i];
            if (c is < ' ' and not ('\t' or '\n' or '\r') or '\u007f')
            {
                int line = 1 + content.AsSpan(0, i).Count('\n');
                return Refused(line, $"the control character U+{(int)c:X4} is no text; is the file binary?");
            }
        }

        if (isJson)
        {
            return JsonReader.Read(content);
        }

        // A flow mapping of YAML begins like JSON, hence the second try.
        if (content.AsSpan().TrimStart() is ['{', ..] && JsonReader.Read(content) is { Problems: [] } json)
        {
            return json;
        }

        return YamlReader.Read(content);
    }

    private static ParsedText Refused(int line, string reason) => new([], [new SyntaxProblem(line, reason)]);
}
