using System.Text.Json;
using System.Text.Json.Nodes;

namespace NetPolNic.Policy.Reference;

/// <summary>The evaluator's own reading of the namespace annotation (SEMANTICS a1, a4).</summary>
internal static class AnnotationReading
{
    public static bool AsksForDefaultDeny(string? value)
    {
        if (value is null)
        {
            return false;
        }

        try
        {
            return JsonNode.Parse(value) is JsonObject root &&
                root["ingress"] is JsonObject ingress &&
                ingress["isolation"] is JsonValue isolation &&
                isolation.GetValueKind() == JsonValueKind.String &&
                isolation.GetValue<string>() == "DefaultDeny";
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }
}
