using System.Globalization;
using NetPolNic.Agent.Control.V1;
using Spectre.Console;

namespace NetPolNic.Agent.Output;

/// <summary>The answer of <c>explain --live</c> for a terminal.</summary>
internal static class LiveExplanation
{
    public static void Write(IAnsiConsole console, ExplainReply reply)
    {
        string verdict = reply.Verdict == "allow" ? "[green]allowed[/]" : "[red]denied[/]";
        string what = reply.HasPort
            ? string.Create(CultureInfo.InvariantCulture, $"{reply.Protocol}/{reply.Port}")
            : reply.Protocol;
        string connection = reply.HasSourcePort
            ? string.Create(CultureInfo.InvariantCulture, $", the connection from port {reply.SourcePort}")
            : "";
        console.MarkupLine(
            $"{verdict}  {Markup.Escape($"{Name(reply.From, reply.FromIp)} → {Name(reply.To, reply.ToIp)} {what}{connection}")}");
        if (reply.SameEndpoint)
        {
            console.WriteLine("  both ends are the same pod: it never blocks itself");
        }

        Table table = StatusTables.Labelled();
        table.AddRow("[grey]egress[/]", Side(reply.Egress));
        table.AddRow("[grey]ingress[/]", Side(reply.Ingress));
        foreach (NicDecision port in reply.Nic.Where(port => port.EntersHere))
        {
            table.AddRow(
                string.Create(CultureInfo.InvariantCulture, $"[grey]EthPort {port.EthPort}[/]"),
                $"{Deed(port)} [grey]{Markup.Escape(port.Device)}[/]");
        }

        if (reply.Fallback is { } fallback)
        {
            table.AddRow("[grey]fallback[/]", Fallback(reply, fallback));
        }

        foreach (string difference in reply.Differences)
        {
            table.AddRow("[yellow]differs[/]", Markup.Escape(difference));
        }

        console.Write(new Padder(table, new Padding(2, 0, 0, 0)));
    }

    private static string Deed(NicDecision port)
    {
        string colour = port.Verdict switch
        {
            "DROP" => "red",
            "PASS" => "green",
            _ => "yellow",
        };
        string rule = port.Rule is { } matched
            ? $" [grey]({Markup.Escape(matched.Matches)}{Hits(matched)})[/]"
            : "";
        return $"[{colour}]{port.Verdict}[/]: {Markup.Escape(port.Reason)}{rule}";
    }

    private static string Hits(NicRule rule) => !rule.HasHits
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $", {HumanText.Count(rule.Hits)} {(rule.Hits == 1 ? "hit" : "hits")}");

    private static string Fallback(ExplainReply reply, FallbackDecision fallback)
    {
        string state = fallback.Connection is { } connection
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"connection {connection.State}, opened by {connection.OpenedBy} {HumanText.Duration(TimeSpan.FromSeconds(connection.AgeSeconds))} ago")
            : "no connection is tracked";
        string deed = fallback.Decision == "pass" ? "[green]pass[/]" : "[red]drop[/]";
        string exempt = fallback.Exempt ? ", exempt from policy" : "";
        string reached = reply.Nic.Where(port => port.EntersHere).All(port => port.Verdict == "DROP") && reply.Nic.Count > 0
            ? "if it came that far, "
            : "";
        return $"{reached}{deed}: {Markup.Escape($"{fallback.Reason}{exempt}; {state}")}";
    }

    private static string Side(SideDecision side)
    {
        (string colour, string word) = side.Verdict == "allow" ? ("green", "allows") : ("red", "denies");
        return $"[{colour}]{word}[/]: {Markup.Escape(side.Explanation)}";
    }

    private static string Name(string name, string addr) => name == addr ? name : $"{name} ({addr})";
}
