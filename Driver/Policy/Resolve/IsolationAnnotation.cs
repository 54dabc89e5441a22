using System.Text;
using System.Text.Json;

namespace NetPolNic.Policy.Resolve;

/// <summary>
/// Reads the value of a namespace's <c>net.beta.kubernetes.io/network-policy</c> annotation (S-a1 to S-a4).
/// </summary>
internal static class IsolationAnnotation
{
    public const string Key = "net.beta.kubernetes.io/network-policy";

    private const int MaxShownLength = 200;

    /// <summary>
    /// Whether the value is JSON whose <c>ingress.isolation</c> is "DefaultDeny"; names and value are case-sensitive.
    /// </summary>
    public static bool Isolates(string value)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(value);
            return document.RootElement.ValueKind == JsonValueKind.Object &&
                document.RootElement.TryGetProperty("ingress", out JsonElement ingress) &&
                ingress.ValueKind == JsonValueKind.Object &&
                ingress.TryGetProperty("isolation", out JsonElement isolation) &&
                isolation.ValueKind == JsonValueKind.String &&
                isolation.ValueEquals("DefaultDeny");
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            // Not JSON, or text that is not valid Unicode.
            return false;
        }
    }

    /// <summary>The sentence for a value that does not isolate (S-a4).</summary>
    public static string Warning(string ns, string value) =>
        $"namespace {ns}: annotation {Key} has the value '{Shown(value)}', which is not " +
        "{\"ingress\":{\"isolation\":\"DefaultDeny\"}}: the namespace is not isolated by it";

    /// <summary>The value on one line.</summary>
    private static string Shown(string value)
    {
        StringBuilder shown = new();
        foreach (char c in value.AsSpan(0, Math.Min(value.Length, MaxShownLength)))
        {
            _ = char.IsControl(c) ? shown.Append(' ') : shown.Append(c);
        }

        return value.Length > MaxShownLength ? shown.Append("...").ToString() : shown.ToString();
    }
}
