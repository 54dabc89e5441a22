using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace NetPolNic.Agent.Output;

/// <summary>Writes JSON into a string.</summary>
internal static class JsonText
{
    // Patterns and arrows are for people too: only what JSON itself requires is escaped.
    private static readonly JsonWriterOptions s_options =
        new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Indented.</summary>
    public static string Write(Action<Utf8JsonWriter> body) => Write(body, s_options);

    /// <summary>On one line.</summary>
    public static string WriteLine(Action<Utf8JsonWriter> body) => Write(body, s_options with { Indented = false });

    private static string Write(Action<Utf8JsonWriter> body, JsonWriterOptions options)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, options))
        {
            body(json);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
