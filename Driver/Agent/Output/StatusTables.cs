using System.Globalization;
using NetPolNic.Agent.Control.V1;
using Spectre.Console;

namespace NetPolNic.Agent.Output;

/// <summary>The tables of a status, one method each; a table without rows is left out with its title.</summary>
internal static class StatusTables
{
    // Columns; with fewer, what a rule comes from stands below what it matches.
    private const int NarrowBelow = 100;

    public static void Pods(IAnsiConsole console, StatusReply status)
    {
        string isolated = string.Create(
            CultureInfo.InvariantCulture,
            $"{status.Pods.Count(pod => pod.Ingress.Isolated || pod.Egress.Isolated)} of {status.Pods.Count} isolated");
        Title(console, "Local pods", isolated);
        if (status.Pods.Count == 0)
        {
            console.MarkupLine("  [grey]none with an address[/]");
            return;
        }

        Table table = Bare();
        Text(table, "pod");
        Text(table, "address");
        Words(table, "ingress", "egress");
        Numbers(table, "NIC rules", "punts");
        foreach (PodStatus pod in status.Pods)
        {
            table.AddRow(
                Markup.Escape($"{pod.Namespace}/{pod.Name}"),
                Markup.Escape(string.Join(' ', pod.Ips)),
                Isolation(pod.Ingress),
                Isolation(pod.Egress),
                Number(pod.NicRules),
                Number(pod.Punts));
        }

        console.Write(table);
    }

    public static void EthPorts(IAnsiConsole console, StatusReply status, StatusRates? rates)
    {
        Title(console, "EthPorts");
        Table table = Bare();
        Numbers(table, "port");
        Text(table, "device");
        Words(table, "driver", "role");
        Numbers(table, [.. Growing("rx pkts", rates), .. Growing("tx pkts", rates), "missed"]);
        foreach (EthPortStatus port in status.EthPorts)
        {
            table.AddRow(
            [
                Number(port.Id),
                Markup.Escape(port.Device),
                Markup.Escape(port.FlowApi == "async" ? $"{port.Driver}, async" : port.Driver),
                port.Role,
                .. Growing(port.RxPkts, rates?.Received(port), rates),
                .. Growing(port.TxPkts, rates?.Sent(port), rates),
                Number(port.RxMissed),
            ]);
        }

        console.Write(table);
    }

    public static void NicUse(IAnsiConsole console, StatusReply status)
    {
        Title(console, "Rules in the NICs");
        Table table = Bare();
        Numbers(table, "port", "rules", "planned");
        table.AddColumn(new TableColumn("[red]DROP[/]").RightAligned().NoWrap());
        table.AddColumn(new TableColumn("[green]PASS[/]").RightAligned().NoWrap());
        table.AddColumn(new TableColumn("[yellow]PUNT[/]").RightAligned().NoWrap());
        Numbers(table, "missing", "refused", "stuck", "table used");
        foreach (EthPortStatus port in status.EthPorts)
        {
            table.AddRow(
                Number(port.Id),
                Number(port.Rules),
                Number(port.Planned),
                Number(port.Drops),
                Number(port.Passes),
                Number(port.Punts),
                Alarm(port.Missing),
                Alarm(port.Refused),
                Alarm(port.Stuck),
                port.TableFull ? "[red]full[/]" : Use(port));
        }

        console.Write(table);
    }

    public static void Rules(IAnsiConsole console, StatusReply status, StatusRates? rates, bool all)
    {
        long installed = status.EthPorts.Sum(port => port.Rules);
        NicRule[] rules = [.. status.Rules.Where(rule => all || rule.Hits > 0)];
        if (status.Rules.Count == 0)
        {
            return;
        }

        Title(console, all ? "Rules" : "Rules with most hits", string.Create(
            CultureInfo.InvariantCulture, $"{rules.Length} of {installed}"));
        if (rules.Length == 0)
        {
            console.MarkupLine("  [grey]none has been hit yet[/]");
            return;
        }

        bool narrow = console.Profile.Width < NarrowBelow;
        Table table = Bare();
        Numbers(table, [.. Growing("hits", rates), "port"]);
        Words(table, "verdict");
        Text(table, narrow ? "matches, and what it comes from" : "matches");
        if (!narrow)
        {
            Text(table, "from");
        }

        foreach (NicRule rule in rules)
        {
            string origin = Origins(rule);
            table.AddRow(
            [
                .. Growing(rule.HasHits ? HumanText.Count(rule.Hits) : "-", rates?.Hits(rule), rates),
                Number(rule.EthPort),
                Verdict(rule.Verdict),
                .. narrow
                    ? [$"{Markup.Escape(rule.Matches)}\n[grey]  {Markup.Escape(origin)}[/]"]
                    : (string[])[Markup.Escape(rule.Matches), Markup.Escape(origin)],
            ]);
        }

        console.Write(table);
    }

    public static void Punts(IAnsiConsole console, StatusReply status)
    {
        if (status.Punts.Count == 0)
        {
            return;
        }

        Title(console, "Left to the fallback, and why");
        Table table = Bare();
        Numbers(table, "regions", "pods");
        Words(table, "reason");
        Text(table, "because");
        foreach (PuntReasonCount punt in status.Punts)
        {
            table.AddRow(
                Number(punt.Regions), Number(punt.Pods), Markup.Escape(Reason(punt.Reason, punt.Field)), Markup.Escape(punt.Fact));
        }

        console.Write(table);
    }

    public static void PuntedRegions(IAnsiConsole console, StatusReply status)
    {
        if (status.PuntedRegions.Count == 0)
        {
            return;
        }

        Title(console, "Regions", string.Create(CultureInfo.InvariantCulture, $"{status.PuntedRegions.Count}"));
        Table table = Bare();
        Text(table, "pod");
        Text(table, "region");
        Text(table, "reason, and because");
        Text(table, "from");
        foreach (PuntedRegion punt in status.PuntedRegions)
        {
            string ethPort = punt.HasEthPort ? string.Create(CultureInfo.InvariantCulture, $", EthPort {punt.EthPort}") : "";
            table.AddRow(
                Markup.Escape($"{punt.Pod} {punt.Direction}"),
                Markup.Escape(punt.Region),
                $"{Markup.Escape($"{Reason(punt.Reason, punt.Field)}{ethPort}")}\n[grey]{Markup.Escape(punt.Fact)}[/]",
                Markup.Escape(string.Join(", ", punt.Origin)));
        }

        console.Write(table);
    }

    public static void Reflectors(IAnsiConsole console, StatusReply status)
    {
        if (status.Reflectors.Count == 0)
        {
            return;
        }

        Title(console, "Followed objects");
        Table table = Bare();
        Words(table, "kind", "phase");
        Numbers(table, "objects", "events", "lists", "failures", "last heard");
        foreach (ReflectorStatus reflector in status.Reflectors)
        {
            string heard = reflector.LastContact is { } at
                ? $"{HumanText.Duration(status.TakenAt.ToDateTimeOffset() - at.ToDateTimeOffset())} ago"
                : "never";
            string phase = reflector.Phase == "watching" ? "[green]watching[/]" : $"[yellow]{reflector.Phase}[/]";
            table.AddRow(
                Markup.Escape(reflector.Kind),
                phase,
                Number(reflector.Objects),
                HumanText.Count(reflector.Events),
                HumanText.Count(reflector.Lists),
                HumanText.Count(reflector.Failures),
                heard);
        }

        console.Write(table);
        foreach (ReflectorStatus reflector in status.Reflectors.Where(reflector => reflector.LastError.Length > 0))
        {
            console.MarkupLineInterpolated($"  [yellow]{reflector.Kind}[/]  {reflector.LastError}");
        }
    }

    public static void Fallback(IAnsiConsole console, StatusReply status, StatusRates? rates)
    {
        FallbackStatus fallback = status.Fallback;
        Title(console, "Fallback", fallback.State);
        string ends = string.Join(", ", new (string Name, ulong Count)[]
        {
            ("opened", fallback.ConnectionsOpened), ("expired", fallback.ConnectionsExpired),
            ("cut", fallback.ConnectionsCut), ("evicted", fallback.ConnectionsEvicted),
            ("untracked", fallback.ConnectionsUntracked),
        }.Where(part => part.Count > 0 || part.Name == "opened").Select(part => $"{HumanText.Count(part.Count)} {part.Name}"));
        console.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"  connections {fallback.Connections} of {fallback.ConnectionCapacity} ({ends}); rx {HumanText.Count(fallback.RxPkts)}, tx {HumanText.Count(fallback.TxPkts)} packets");
        if (fallback.HintsDisagreed > 0)
        {
            console.MarkupLineInterpolated(
                $"  [red]{HumanText.Count(fallback.HintsDisagreed)} packets that the NIC passed are denied by policy: its rules are old or wrong[/]");
        }

        (string Colour, string Word, ReasonCount Count)[] reasons =
        [
            .. fallback.Allowed.Where(count => count.Pkts > 0).Select(count => ("green", "pass", count)),
            .. fallback.Drops.Where(count => count.Pkts > 0).Select(count => ("red", "drop", count)),
        ];
        if (reasons.Length == 0)
        {
            return;
        }

        Table table = Bare();
        Numbers(table, [.. Growing("packets", rates)]);
        Words(table, "verdict", "by");
        foreach ((string colour, string word, ReasonCount count) in reasons)
        {
            table.AddRow(
                [.. Growing(count.Pkts, rates?.Packets(count), rates), $"[{colour}]{word}[/]", Markup.Escape(count.Reason)]);
        }

        console.Write(table);
    }

    /// <summary>A blank line and a title.</summary>
    public static void Title(IAnsiConsole console, string title, string detail = "")
    {
        console.WriteLine();
        console.MarkupLine($"[bold]{Markup.Escape(title)}[/]{(detail.Length == 0 ? "" : $" [grey]({Markup.Escape(detail)})[/]")}");
    }

    /// <summary>A table as the other commands print theirs.</summary>
    public static Table Bare() => new Table().Border(TableBorder.None);

    /// <summary>A table of sentences, each behind a short label; what is wrapped stays beside the label.</summary>
    public static Table Labelled()
    {
        Table table = Bare().HideHeaders();
        table.AddColumn(new TableColumn("").NoWrap());
        table.AddColumn(new TableColumn(""));
        return table;
    }

    private static void Text(Table table, string title) => table.AddColumn(new TableColumn($"[grey]{title}[/]"));

    private static void Words(Table table, params string[] titles)
    {
        foreach (string title in titles)
        {
            table.AddColumn(new TableColumn($"[grey]{title}[/]").NoWrap());
        }
    }

    private static void Numbers(Table table, params string[] titles)
    {
        foreach (string title in titles)
        {
            table.AddColumn(new TableColumn($"[grey]{title}[/]").RightAligned().NoWrap());
        }
    }

    private static string[] Growing(string title, StatusRates? rates) => rates is null ? [title] : [title, "/s"];

    private static string[] Growing(ulong count, double? perSecond, StatusRates? rates) =>
        Growing(HumanText.Count(count), perSecond, rates);

    private static string[] Growing(string count, double? perSecond, StatusRates? rates) => rates is null
        ? [count]
        : [count, perSecond is { } rate and > 0 ? $"[bold]{HumanText.Count(Math.Ceiling(rate))}[/]" : "[grey]0[/]"];

    private static string Use(EthPortStatus port)
    {
        double percent = port.TableSize == 0 ? 0 : 100.0 * port.Rules / port.TableSize;
        return percent is > 0 and < 0.1 ? "<0.1 %" : string.Create(CultureInfo.InvariantCulture, $"{percent:0.#} %");
    }

    // The first line says most; all of them are in the JSON.
    private static string Origins(NicRule rule) => rule.Origin.Count switch
    {
        0 => rule.Pod,
        1 => rule.Origin[0],
        _ => string.Create(CultureInfo.InvariantCulture, $"{rule.Origin[0]} +{rule.Origin.Count - 1}"),
    };

    private static string Isolation(PodDirection direction) => direction switch
    {
        { Isolated: false } => "[grey]open[/]",
        { AllowRules: 0 } => "[red]closed[/]",
        _ => $"[yellow]{HumanText.Plural(direction.AllowRules, "rule")}[/]",
    };

    private static string Reason(string reason, string field) => field.Length == 0 ? reason : $"{reason} ({field})";

    private static string Number(ulong number) => HumanText.Count(number);

    private static string Alarm(uint number) => number == 0 ? "0" : $"[yellow]{number.ToString(CultureInfo.InvariantCulture)}[/]";

    private static string Verdict(string verdict) => verdict switch
    {
        "DROP" => "[red]DROP[/]",
        "PASS" => "[green]PASS[/]",
        _ => "[yellow]PUNT[/]",
    };
}
