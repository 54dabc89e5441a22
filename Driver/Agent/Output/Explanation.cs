using System.Globalization;
using System.Text.Json;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.Policy.Resolve;
using Spectre.Console;

namespace NetPolNic.Agent.Output;

/// <summary>The answer of <c>explain</c>.</summary>
internal sealed record Explanation(
    string From,
    IpAddr FromAddr,
    string To,
    IpAddr ToAddr,
    string Protocol,
    ushort L4Port,
    FlowDecision Decision,
    Enforcement Enforcement,
    string NicProfile)
{
    private bool IsAllowed => Decision.Combined == Verdict.Allow;

    private string What =>
        L4Port == 0 ? Protocol : string.Create(CultureInfo.InvariantCulture, $"{Protocol}/{L4Port}");

    public string ToJson() => JsonText.Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("from", From);
        json.WriteString("fromIp", FromAddr.ToString());
        json.WriteString("to", To);
        json.WriteString("toIp", ToAddr.ToString());
        json.WriteString("protocol", Protocol);
        if (L4Port != 0)
        {
            json.WriteNumber("port", L4Port);
        }

        json.WriteString("verdict", IsAllowed ? "allow" : "deny");
        json.WriteBoolean("sameEndpoint", Decision.IsSelf);
        Side(json, "egress", Decision.Egress);
        Side(json, "ingress", Decision.Ingress);
        json.WriteStartObject("enforcement");
        json.WriteString("nic", NicProfile);
        json.WriteString("verdict", Enforcement.Verdict.ToString().ToUpperInvariant());
        json.WriteString("place", Enforcement.Verdict == RuleVerdict.Punt ? "fallback" : "NIC");
        json.WriteString("reason", Enforcement.Reason);
        if (Enforcement.Rule is { } rule)
        {
            json.WriteString("rule", RuleText.Of(rule.Spec.Pattern));
            json.WriteBoolean("hotPair", rule.IsHotPair);
            json.WriteNumber("group", rule.Spec.Attr.Group);
            json.WriteString("pod", rule.Pod);
            Lines(json, "origin", rule.Origins);
        }

        if (Enforcement.Region is { } punt)
        {
            json.WritePropertyName("punt");
            PlanJson.Punt(json, punt);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    });

    public void WriteTo(IAnsiConsole console)
    {
        string verdict = IsAllowed ? "[green]allowed[/]" : "[red]denied[/]";
        console.MarkupLine($"{verdict}  {Markup.Escape($"{Name(From, FromAddr)} → {Name(To, ToAddr)} {What}")}");
        if (Decision.IsSelf)
        {
            console.WriteLine("  both ends are the same pod: it never blocks itself");
        }

        Side(console, $"egress of {From}", Decision.Egress);
        Side(console, $"ingress of {To}", Decision.Ingress);
        string rule = Enforcement.Rule is { } matched ? $" [grey]({Markup.Escape(RuleSentence(matched))})[/]" : "";
        console.MarkupLine($"  on a node with NIC profile {Markup.Escape(NicProfile)}: {Markup.Escape(Enforcement.Reason)}{rule}");
        if (Enforcement.Region is { } punt)
        {
            console.MarkupLine($"    left to the fallback: {Markup.Escape(PuntLookup.Sentence(punt))}");
        }
    }

    // In a plan with groups a drop by itself says nothing of the pod that it serves.
    private static string RuleSentence(PlannedRule rule)
    {
        string group = rule.Spec.Attr.Group == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $" in group {rule.Spec.Attr.Group}");
        return $"{RuleText.Of(rule)}{group}{(rule.Origins.IsEmpty ? "" : $"; from {Lines(rule.Origins)}")}";
    }

    private static string Name(string name, IpAddr addr) => name == addr.ToString() ? name : $"{name} ({addr})";

    private static void Side(IAnsiConsole console, string what, DirectionDecision side)
    {
        string colour = side.Verdict == Verdict.Allow ? "green" : "red";
        string word = side.Verdict == Verdict.Allow ? "allows" : "denies";
        console.MarkupLine($"  {Markup.Escape(what)} [{colour}]{word}[/]: {Markup.Escape(Sentence(side))}");
    }

    private static string Sentence(DirectionDecision side) => side.Reason switch
    {
        DecisionReason.AllowedByRule =>
            $"isolated by {Lines(side.IsolatedBy)}; allowed by {Lines(side.AllowedBy)}",
        DecisionReason.NoRuleAllows => $"isolated by {Lines(side.IsolatedBy)}; no rule allows it",
        _ => side.Explanation,
    };

    private static string Lines(IEnumerable<RuleOrigin> origins) => string.Join(", ", origins);

    private static void Side(Utf8JsonWriter json, string name, DirectionDecision side)
    {
        json.WriteStartObject(name);
        json.WriteString("verdict", side.Verdict == Verdict.Allow ? "allow" : "deny");
        json.WriteString("reason", side.Reason.ToString());
        json.WriteBoolean("isolated", side.IsIsolated);
        Lines(json, "isolatedBy", side.IsolatedBy);
        Lines(json, "allowedBy", side.AllowedBy);
        json.WriteEndObject();
    }

    private static void Lines(Utf8JsonWriter json, string name, IEnumerable<RuleOrigin> origins)
    {
        json.WriteStartArray(name);
        foreach (RuleOrigin origin in origins)
        {
            json.WriteStringValue(origin.ToString());
        }

        json.WriteEndArray();
    }
}
