using System.Globalization;
using NetPolNic.Offload.Capabilities;
using Spectre.Console;

namespace NetPolNic.Agent.Output;

/// <summary>NIC profiles for a terminal.</summary>
internal static class NicText
{
    private static readonly (string Kind, string Title)[] s_sections =
    [
        ("item", "Pattern items"), ("field", "Fields, and the masks that they can be matched under"), ("action", "Actions"),
        ("limit", "Limits"), ("habit", "Habits of the driver that the profile keeps clear of"),
    ];

    /// <summary>Prints one line for each profile.</summary>
    public static void List(IAnsiConsole console, IReadOnlyList<NicCapabilities> all)
    {
        Table table = new Table().Border(TableBorder.None).Expand();
        table.AddColumn(new TableColumn("[grey]profile[/]").NoWrap());
        table.AddColumn(new TableColumn("[grey]prio[/]").RightAligned().NoWrap());
        table.AddColumn(new TableColumn("[grey]rules[/]").RightAligned().NoWrap());
        table.AddColumn(new TableColumn("[grey]drops[/]").NoWrap());
        table.AddColumn(new TableColumn("[grey]what it is[/]"));
        foreach (NicCapabilities nic in all)
        {
            table.AddRow(
                $"[bold]{Markup.Escape(nic.Name)}[/]",
                nic.Priorities.Value.ToString(CultureInfo.InvariantCulture),
                NicFact.RulesOf(nic),
                nic.Has(NicAction.Drop) ? "yes" : "no",
                Markup.Escape(nic.Description));
        }

        console.Write(table);
        console.WriteLine();
        console.MarkupLine("[grey]'netpolnic nic --nic PROFILE' shows one with its sources; your own JSON file will do as well.[/]");
    }

    /// <summary>Prints one profile: facts that share value and source share a line.</summary>
    public static void Write(IAnsiConsole console, NicCapabilities nic, ProbeResult? probed)
    {
        console.MarkupLineInterpolated($"[bold]{nic.Name}[/]  {nic.Description}");
        ILookup<string, NicFact> facts = NicFact.Of(nic).ToLookup(fact => fact.Kind, StringComparer.Ordinal);
        string[] sources = [.. facts.SelectMany(group => group).Select(fact => fact.Where).Distinct(StringComparer.Ordinal)];
        foreach ((string kind, string title) in s_sections.Where(section => facts.Contains(section.Kind)))
        {
            console.WriteLine();
            console.MarkupLineInterpolated($"[bold]{title}[/]");
            Section(console, facts[kind], sources, probed);
        }

        Sources(console, sources);
        if (probed is not null)
        {
            int refused = probed.Answers.Count(answer => answer.Refusal is not null);
            console.WriteLine();
            console.MarkupLineInterpolated(
                CultureInfo.InvariantCulture,
                $"the port accepts {probed.Answers.Length - refused} of {probed.Answers.Length} facts it was asked about");
            if (probed.FlowApi is { } api)
            {
                console.MarkupLineInterpolated(
                    $"rules get in {(api == "async" ? "by templates and a flow queue (async)" : "one by one (sync)")}");
            }
        }
    }

    private static void Sources(IAnsiConsole console, string[] sources)
    {
        console.WriteLine();
        console.MarkupLine("[bold]Sources[/]");
        Table table = new Table().Border(TableBorder.None).Expand().HideHeaders();
        table.AddColumn(new TableColumn("").Width(3).NoWrap());
        table.AddColumn(new TableColumn(""));
        for (int i = 0; i < sources.Length; i++)
        {
            table.AddRow(Reference(i), $"[grey]{Markup.Escape(sources[i])}[/]");
        }

        console.Write(table);
    }

    private static string Reference(int source) =>
        Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"[{source + 1}]"));

    private static void Section(
        IAnsiConsole console, IEnumerable<NicFact> facts, string[] sources, ProbeResult? probed)
    {
        Table table = new Table().Border(TableBorder.None).Expand().HideHeaders();
        table.AddColumn(new TableColumn("").Width(probed is null ? 28 : 20));
        table.AddColumn(new TableColumn("").Width(12));
        if (probed is not null)
        {
            table.AddColumn(new TableColumn("").Width(14));
        }

        table.AddColumn(new TableColumn("").Width(3).NoWrap());

        table.AddColumn(new TableColumn(""));
        foreach (var group in facts.GroupBy(fact => (fact.Value, fact.Source, Answer: AnswerOf(fact, probed))))
        {
            List<string> cells =
            [
                Markup.Escape(string.Join(", ", group.Select(fact => fact.Name))),
                Colour(group.Key.Value),
                Reference(Array.IndexOf(sources, group.First().Where)),
                $"[grey]{Markup.Escape(group.First().Note)}[/]",
            ];
            if (probed is not null)
            {
                cells.Insert(2, group.Key.Answer);
            }

            table.AddRow([.. cells]);
        }

        console.Write(table);
    }

    // What is refused may still hold in a lesser form: the narrowed profile says which.
    private static string AnswerOf(NicFact fact, ProbeResult? probed)
    {
        ProbeAnswer? answer = probed?.Answers.FirstOrDefault(answer => answer.What == fact.Asked);
        if (answer is null)
        {
            return "[grey]not asked[/]";
        }

        if (answer.Refusal is not { } refusal)
        {
            return "[green]accepted[/]";
        }

        NicFact? left = NicFact.Of(probed!.Narrowed).FirstOrDefault(left => left.Kind == fact.Kind && left.Name == fact.Name);
        return left is null || left.Value is "none" || left.Value == fact.Value
            ? $"[red]refused[/] ({refusal.Reason})"
            : $"[yellow]only[/] {Markup.Escape(left.Value)}";
    }

    private static string Colour(string value) => value switch
    {
        "none" or CapabilityNames.Unknown => $"[yellow]{value}[/]",
        _ => $"[green]{Markup.Escape(value)}[/]",
    };
}
