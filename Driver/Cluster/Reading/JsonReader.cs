using System.Text;
using System.Text.Json;

namespace NetPolNic.Cluster.Reading;

/// <summary>Reads the documents of a JSON text: one value, or several one after the other.</summary>
internal static class JsonReader
{
    public static ParsedText Read(string text)
    {
        List<ManifestNode> documents = [];
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        LineIndex index = new(bytes);
        try
        {
            Utf8JsonReader reader = new(bytes, new JsonReaderOptions
            {
                MaxDepth = Limits.Depth,
                AllowMultipleValues = true,
            });
            while (reader.Read())
            {
                ManifestNode document = ReadValue(ref reader, index);
                if (document.Kind != NodeKind.Null)
                {
                    documents.Add(document);
                }
            }

            return new ParsedText(documents, []);
        }
        catch (JsonException e)
        {
            string message = e.Message.Split(". ")[0].Trim();
            string reason = message.Contains("maximum", StringComparison.Ordinal)
                ? $"nested deeper than {Limits.Depth} levels"
                : message.StartsWith("Expected depth to be zero", StringComparison.Ordinal)
                    ? "no valid JSON: the text ends inside an object or list"
                    : $"no valid JSON: {message}";
            return new ParsedText(documents, [new SyntaxProblem((int)(e.LineNumber ?? 0) + 1, reason)]);
        }
        catch (InvalidOperationException)
        {
            // GetString of a lone surrogate escape.
            return new ParsedText(documents, [new SyntaxProblem(1, "no valid JSON: a string is no valid text")]);
        }
    }

    private static ManifestNode ReadValue(ref Utf8JsonReader reader, LineIndex index)
    {
        int line = index.LineOf(reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadMap(ref reader, index, line);
            case JsonTokenType.StartArray:
                List<ManifestNode> items = [];
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(ReadValue(ref reader, index));
                }

                return ManifestNode.List(line, items);
            case JsonTokenType.String:
                return new ManifestNode(NodeKind.String, line, reader.GetString()!);
            case JsonTokenType.Number:
                string number = Encoding.UTF8.GetString(reader.ValueSpan);
                bool isInt = number.AsSpan().IndexOfAny('.', 'e', 'E') < 0;
                return new ManifestNode(isInt ? NodeKind.Int : NodeKind.Float, line, number);
            case JsonTokenType.True:
                return new ManifestNode(NodeKind.Bool, line, "true");
            case JsonTokenType.False:
                return new ManifestNode(NodeKind.Bool, line, "false");
            default:
                return new ManifestNode(NodeKind.Null, line, "");
        }
    }

    private static ManifestNode ReadMap(ref Utf8JsonReader reader, LineIndex index, int line)
    {
        MapBuilder map = new(line);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            int keyLine = index.LineOf(reader.TokenStartIndex);
            reader.Read();
            map.Add(new ManifestEntry(key, keyLine, ReadValue(ref reader, index)));
        }

        return map.Build();
    }
}
