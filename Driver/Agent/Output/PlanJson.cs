using System.Collections.Immutable;
using System.Text.Json;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Output;

/// <summary>A plan as JSON: every rule in testpmd's words, every punted region with its reason.</summary>
internal static class PlanJson
{
    /// <summary>The port that rules are written for where there is no real one.</summary>
    public const ushort EthPortId = 0;

    public static string Write(OffloadPlan plan) => JsonText.Write(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("rules");
        RuleUsers users = RuleUsers.Of(plan.Rules);
        foreach (PlannedRule planned in plan.Rules)
        {
            PlannedRule rule = users.For(planned, pod: null);
            json.WriteStartObject();
            json.WriteNumber("port", EthPortId);
            json.WriteNumber("group", rule.Spec.Attr.Group);
            json.WriteNumber("priority", rule.Spec.Attr.Priority);
            json.WriteString("verdict", rule.Verdict.ToString().ToUpperInvariant());
            json.WriteString("pattern", rule.Pattern);
            json.WriteString("actions", rule.Actions);
            json.WriteBoolean("hotPair", rule.IsHotPair);
            json.WriteString("pod", rule.Pod);
            json.WriteNumber("podCount", users.PodsOf(planned).Count());
            Origins(json, rule.Origins);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("punts");
        foreach (PuntedRegion punt in plan.Punts)
        {
            Punt(json, punt);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>Writes one punted region with all that makes it so.</summary>
    public static void Punt(Utf8JsonWriter json, PuntedRegion punt)
    {
        json.WriteStartObject();
        json.WriteString("pod", punt.Pod);
        json.WriteString("direction", punt.Direction.ToString().ToLowerInvariant());
        json.WriteString("region", punt.Region);
        json.WriteString("reason", punt.Reason.ToString());
        json.WriteString("field", punt.Field);
        json.WriteString("fact", punt.Fact);
        Origins(json, punt.Origins);
        json.WriteEndObject();
    }

    private static void Origins(Utf8JsonWriter json, ImmutableArray<RuleOrigin> origins)
    {
        json.WriteStartArray("origin");
        foreach (RuleOrigin origin in origins)
        {
            json.WriteStringValue(origin.ToString());
        }

        json.WriteEndArray();
    }
}
