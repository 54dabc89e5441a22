using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace NetPolNic.Agent.Output;

/// <summary>Writes indented JSON into a string.</summary>
internal static class JsonText
{
    // Patterns and arrows are for people too: only what JSON itself requires is escaped.
    private static readonly JsonWriterOptions s_options =
        new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(Action<Utf8JsonWriter> body)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, s_options))
        {
            body(json);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
