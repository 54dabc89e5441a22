using System.Globalization;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using Spectre.Console;

namespace NetPolNic.Agent.Output;

/// <summary>A plan for a terminal: the rules, then what was punted and why.</summary>
internal static class PlanText
{
    /// <summary>Prints the whole plan.</summary>
    public static void Write(IAnsiConsole console, OffloadPlan plan, NicCapabilities nic)
    {
        Rules(console, plan, hits: null, limit: int.MaxValue);
        Punts(console, plan, limit: int.MaxValue);
        int drops = plan.Rules.Count(rule => rule.Verdict == RuleVerdict.Drop);
        console.WriteLine();
        console.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"{plan.Rules.Length} rules for NIC profile [bold]{nic.Name}[/], {drops} of them drop; {plan.Punts.Length} regions are left to the fallback");
    }

    /// <summary>Prints rules, most hits first where there are counters.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="hits">Packets per rule, or null where nothing was sent.</param>
    /// <param name="limit">Rows to print at most; the rest is counted.</param>
    public static void Rules(
        IAnsiConsole console, OffloadPlan plan, IReadOnlyDictionary<RuleKey, ulong>? hits, int limit)
    {
        Table table = new Table().Border(TableBorder.None).Expand();
        table.AddColumn(new TableColumn("[grey]verdict[/]").NoWrap());
        table.AddColumn(new TableColumn("[grey]prio[/]").RightAligned().NoWrap());
        if (hits is not null)
        {
            table.AddColumn(new TableColumn("[grey]hits[/]").RightAligned().NoWrap());
        }

        table.AddColumn(new TableColumn("[grey]matches[/]"));
        table.AddColumn(new TableColumn("[grey]from[/]"));
        ulong HitsOf(PlannedRule rule) => hits is not null && hits.TryGetValue(rule.Key, out ulong count) ? count : 0;
        foreach (PlannedRule rule in plan.Rules.OrderByDescending(HitsOf).Take(limit))
        {
            List<string> cells =
            [
                Colour(rule.Verdict),
                rule.Spec.Attr.Priority.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(RuleText.Of(rule.Spec.Pattern)),
                Markup.Escape(rule.Origins.IsEmpty ? rule.Pod : string.Join(", ", rule.Origins)),
            ];
            if (hits is not null)
            {
                cells.Insert(2, HitsOf(rule).ToString(CultureInfo.InvariantCulture));
            }

            table.AddRow([.. cells]);
        }

        console.Write(table);
        More(console, plan.Rules.Length - limit, "rules");
    }

    /// <summary>Prints what the fallback decides, grouped by reason and pod.</summary>
    public static void Punts(IAnsiConsole console, OffloadPlan plan, int limit)
    {
        if (plan.Punts.IsEmpty)
        {
            return;
        }

        console.WriteLine();
        console.MarkupLine("[bold]Left to the fallback, and why[/]");
        Table table = new Table().Border(TableBorder.None).Expand();
        table.AddColumn(new TableColumn("[grey]pod[/]").NoWrap());
        table.AddColumn(new TableColumn("[grey]region[/]"));
        table.AddColumn(new TableColumn("[grey]reason[/]"));
        foreach (PuntedRegion punt in plan.Punts.Take(limit))
        {
            string field = punt.Field.Length == 0 ? "" : $" ({punt.Field})";
            table.AddRow(
                Markup.Escape(punt.Pod), Markup.Escape(punt.Region), Markup.Escape($"{punt.Reason}{field}"));
        }

        console.Write(table);
        More(console, plan.Punts.Length - limit, "regions");
    }

    private static void More(IAnsiConsole console, int rest, string what)
    {
        if (rest > 0)
        {
            console.MarkupLineInterpolated($"[grey]… and {rest} more {what} ('netpolnic compile' prints all)[/]");
        }
    }

    private static string Colour(RuleVerdict verdict) => verdict switch
    {
        RuleVerdict.Drop => "[red]DROP[/]",
        RuleVerdict.Pass => "[green]PASS[/]",
        _ => "[yellow]PUNT[/]",
    };
}
