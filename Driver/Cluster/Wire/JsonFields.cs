using System.Text.Json;

namespace NetPolNic.Cluster.Wire;

/// <summary>
/// Steps through the fields of JSON objects. A value that is not of the wanted type is stepped over, as if it were not
/// there.
/// </summary>
internal static class JsonFields
{
    private static readonly JsonReaderOptions s_options = new() { MaxDepth = 512 };

    /// <summary>A reader inside the object that the JSON is.</summary>
    /// <exception cref="JsonException">It is no object.</exception>
    public static Utf8JsonReader Open(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json, s_options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("an object expected");
        }

        return reader;
    }

    /// <summary>Moves to the next field's name; false at the end of the object.</summary>
    public static bool Next(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Moves to the next item of a list; false at its end.</summary>
    public static bool NextItem(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType != JsonTokenType.EndArray;

    /// <summary>From a field's name into the object that is its value; false where it is none.</summary>
    public static bool EnterObject(ref Utf8JsonReader reader) => Enter(ref reader, JsonTokenType.StartObject);

    /// <summary>From a field's name into the list that is its value; false where it is none.</summary>
    public static bool EnterList(ref Utf8JsonReader reader) => Enter(ref reader, JsonTokenType.StartArray);

    /// <summary>From a field's name over its value.</summary>
    public static void SkipValue(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    /// <summary>From a field's name to its value if that is a string or a scalar; false else.</summary>
    public static bool ToScalar(ref Utf8JsonReader reader, JsonTokenType type)
    {
        reader.Read();
        if (reader.TokenType == type)
        {
            return true;
        }

        reader.Skip();
        return false;
    }

    /// <summary>A string value; null where it is none.</summary>
    public static string? ReadString(ref Utf8JsonReader reader) =>
        ToScalar(ref reader, JsonTokenType.String) ? TextOf(ref reader) : null;

    /// <summary>The text of the string that the reader is at.</summary>
    /// <exception cref="JsonException">It is no valid text.</exception>
    public static string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("a string is no valid text", e);
        }
    }

    private static bool Enter(ref Utf8JsonReader reader, JsonTokenType start)
    {
        reader.Read();
        if (reader.TokenType == start)
        {
            return true;
        }

        reader.Skip();
        return false;
    }
}
