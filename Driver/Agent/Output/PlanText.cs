using System.Globalization;
using Dpdk.Flow;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using Spectre.Console;

namespace NetPolNic.Agent.Output;

/// <summary>A plan for a terminal: the rules, then what was punted and why.</summary>
internal static class PlanText
{
    private const int MaxPodsNamed = 3;

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
        RuleUsers users = RuleUsers.Of(plan.Rules);
        foreach (PlannedRule rule in plan.Rules.OrderByDescending(HitsOf).Take(limit))
        {
            List<string> cells =
            [
                Colour(rule.Verdict),
                Place(rule.Spec),
                Markup.Escape(RuleText.Of(rule)),
                Markup.Escape(rule.Origins.IsEmpty ? users.NamesOf(rule) : string.Join(", ", rule.Origins)),
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

    /// <summary>Prints what the fallback decides: regions that differ in the pod only share a line.</summary>
    public static void Punts(IAnsiConsole console, OffloadPlan plan, int limit)
    {
        if (plan.Punts.IsEmpty)
        {
            return;
        }

        console.WriteLine();
        console.MarkupLine("[bold]Left to the fallback, and why[/]");
        Table table = new Table().Border(TableBorder.None).Expand();
        table.AddColumn(new TableColumn("[grey]region[/]"));
        table.AddColumn(new TableColumn("[grey]reason[/]"));
        table.AddColumn(new TableColumn("[grey]pods[/]"));
        var groups = plan.Punts.GroupBy(punt => (Region: ShapeOf(punt.Region), punt.Reason, punt.Field)).ToArray();
        foreach (var group in groups.Take(limit))
        {
            string field = group.Key.Field.Length == 0 ? "" : $" ({group.Key.Field})";
            table.AddRow(
                Markup.Escape(group.Key.Region),
                Markup.Escape($"{group.Key.Reason}{field}"),
                Markup.Escape(Some([.. group.Select(punt => punt.Pod).Distinct()])));
        }

        console.Write(table);
        More(console, groups.Length - limit, "regions");
    }

    // "tcp 10.0.0.5 ← any" and "tcp 10.0.0.6 ← any" are one shape.
    // The priority; in a plan with groups "group/priority", and where it jumps to.
    private static string Place(FlowSpec spec)
    {
        uint? target = spec.Actions.OfType<JumpAction>().FirstOrDefault()?.Group;
        string place = spec.Attr.Group == 0 && target is null
            ? string.Create(CultureInfo.InvariantCulture, $"{spec.Attr.Priority}")
            : string.Create(CultureInfo.InvariantCulture, $"{spec.Attr.Group}/{spec.Attr.Priority}");
        return target is null ? place : string.Create(CultureInfo.InvariantCulture, $"{place} → {target}");
    }

    private static string ShapeOf(string region) =>
        string.Join(' ', region.Split(' ').Select(word => IpAddr.TryParse(word, out _) ? "pod" : word));

    private static string Some(string[] pods) => pods.Length <= MaxPodsNamed
        ? string.Join(", ", pods)
        : string.Create(
            CultureInfo.InvariantCulture, $"{string.Join(", ", pods.Take(MaxPodsNamed))} and {pods.Length - MaxPodsNamed} more");

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
