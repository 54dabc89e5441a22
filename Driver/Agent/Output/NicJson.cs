using System.Text.Json;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.Agent.Output;

/// <summary>NIC profiles for scripts.</summary>
internal static class NicJson
{
    /// <summary>An array with a line of each profile.</summary>
    public static string List(IReadOnlyList<NicCapabilities> all) => JsonText.Write(json =>
    {
        json.WriteStartArray();
        foreach (NicCapabilities nic in all)
        {
            json.WriteStartObject();
            Head(json, nic);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>One profile: every fact with its source, and what a port said where one was asked.</summary>
    public static string Write(NicCapabilities nic, ProbeResult? probed) => JsonText.Write(json =>
    {
        json.WriteStartObject();
        Head(json, nic);
        json.WriteStartArray("facts");
        foreach (NicFact fact in NicFact.Of(nic))
        {
            json.WriteStartObject();
            json.WriteString("kind", fact.Kind);
            json.WriteString("name", fact.Name);
            json.WriteString("value", fact.Value);
            json.WriteString("source", fact.Source);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (probed is not null)
        {
            Answers(json, probed);
        }

        json.WriteEndObject();
    });

    private static void Head(Utf8JsonWriter json, NicCapabilities nic)
    {
        json.WriteString("name", nic.Name);
        json.WriteString("description", nic.Description);
        json.WriteNumber("priorities", nic.Priorities.Value);
        json.WriteNumber("groups", nic.Groups.Value);
        if (nic.IsTableSizeKnown)
        {
            json.WriteNumber("rules", nic.TableSize.Value);
        }
        else
        {
            json.WriteNull("rules");
        }
    }

    private static void Answers(Utf8JsonWriter json, ProbeResult probed)
    {
        json.WriteString("flowApi", probed.FlowApi);
        json.WriteStartArray("probe");
        foreach (ProbeAnswer answer in probed.Answers)
        {
            json.WriteStartObject();
            json.WriteString("fact", answer.What);
            json.WriteBoolean("accepted", answer.Refusal is null);
            if (answer.Refusal is { } refusal)
            {
                json.WriteString("reason", refusal.Reason.ToString());
                json.WriteNumber("errno", refusal.Errno);
                json.WriteString("message", refusal.Message);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
