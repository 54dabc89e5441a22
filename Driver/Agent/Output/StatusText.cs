using System.Globalization;
using NetPolNic.Agent.Control.V1;
using Spectre.Console;

namespace NetPolNic.Agent.Output;

/// <summary>A status for a terminal: what matters most comes first.</summary>
internal static class StatusText
{
    private const int MaxDenied = 5;

    /// <summary>Prints everything that there is; empty parts are left out.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="status">The answer.</param>
    /// <param name="rates">With them, counters also show their growth per second.</param>
    /// <param name="allRules">Also shows rules that nothing has hit.</param>
    public static void Write(IAnsiConsole console, StatusReply status, StatusRates? rates = null, bool allRules = false)
    {
        Head(console, status);
        Problems(console, status);
        StatusTables.Pods(console, status);
        StatusTables.EthPorts(console, status, rates);
        StatusTables.NicUse(console, status);
        StatusTables.Rules(console, status, rates, allRules);
        StatusTables.Punts(console, status);
        StatusTables.PuntedRegions(console, status);
        StatusTables.Reflectors(console, status);
        StatusTables.Fallback(console, status, rates);
        Denied(console, status);
    }

    private static void Head(IAnsiConsole console, StatusReply status)
    {
        AgentStatus agent = status.Agent;
        string ready = agent.Ready ? "[green]ready[/]" : "[red]not ready[/]";
        string node = agent.Node.Length == 0 ? "all nodes" : agent.Node;
        console.MarkupLine($"{ready}  [bold]{Markup.Escape(node)}[/]  {Markup.Escape(InForce(status))}");
        console.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"  [grey]netpolnic {agent.Version}, pid {agent.Pid}, up {HumanText.Duration(TimeSpan.FromSeconds(agent.UptimeSeconds))}, NIC profile {agent.Nic}, isolation {agent.Isolation}[/]");
        console.MarkupLineInterpolated($"  [grey]follows {agent.Source}[/]");
    }

    private static string InForce(StatusReply status)
    {
        PolicyStatus policy = status.Policy;
        if (policy.InForceSince is not { } since)
        {
            return "no policy is in force yet: nothing passes";
        }

        TimeSpan age = status.TakenAt.ToDateTimeOffset() - since.ToDateTimeOffset();
        string waiting = policy.PendingChanges == 0 ? "" : $", {HumanText.Plural(policy.PendingChanges, "change")} waiting";
        return string.Create(
            CultureInfo.InvariantCulture, $"policy {policy.Generation} in force for {HumanText.Duration(age)}{waiting}");
    }

    private static void Problems(IAnsiConsole console, StatusReply status)
    {
        Table table = StatusTables.Labelled();
        void Add(string colour, string label, string text) => table.AddRow($"[{colour}]{label}[/]", Markup.Escape(text));
        foreach (string missing in status.Agent.Missing)
        {
            Add("red", "missing", missing);
        }

        foreach (string warning in status.Policy.Warnings)
        {
            Add("yellow", "warning", warning);
        }

        foreach (Refusal refusal in status.Refusals)
        {
            string what = refusal.Operation == "create" ? "refuses" : "keeps";
            string effect = refusal.Operation == "create" ? "; the fallback decides there"
                : refusal.Neutralised ? "; punts before them take their effect away" : ", which should be gone";
            string text = refusal.Message.Length == 0 ? "" : $": {refusal.Message}";
            Add("yellow", "refused", string.Create(
                CultureInfo.InvariantCulture,
                $"EthPort {refusal.EthPort} {what} {HumanText.Plural(refusal.Rules, "rule")} ({refusal.Reason}{text}){effect}, e.g. {refusal.Example.Verdict} {refusal.Example.Matches}"));
        }

        FallbackStatus fallback = status.Fallback;
        if (fallback.State != "running" || fallback.Fault.Length > 0)
        {
            string fault = fallback.Fault.Length == 0 ? "" : $": {fallback.Fault}";
            Add("red", "stopped", $"the fallback is {fallback.State}, nothing is forwarded{fault}");
        }

        if (table.Rows.Count > 0)
        {
            console.Write(new Padder(table, new Padding(2, 0, 0, 0)));
        }
    }

    private static void Denied(IAnsiConsole console, StatusReply status)
    {
        if (status.Denied.Count == 0)
        {
            return;
        }

        StatusTables.Title(console, "Denied last, by the fallback");
        Table table = StatusTables.Bare();
        table.AddColumn(new TableColumn("[grey]from[/]"));
        table.AddColumn(new TableColumn("[grey]to[/]"));
        table.AddColumn(new TableColumn("[grey]what[/]").NoWrap());
        table.AddColumn(new TableColumn("[grey]reason[/]").NoWrap());
        foreach (DeniedPacketStatus packet in status.Denied.TakeLast(MaxDenied).Reverse())
        {
            table.AddRow(
                Markup.Escape(packet.From.Length > 0 ? packet.From : packet.FromIp),
                Markup.Escape(packet.To.Length > 0 ? packet.To : packet.ToIp),
                packet.Port == 0
                    ? packet.Protocol
                    : string.Create(CultureInfo.InvariantCulture, $"{packet.Protocol}/{packet.Port}"),
                $"[red]{packet.Reason}[/]");
        }

        console.Write(table);
    }
}
