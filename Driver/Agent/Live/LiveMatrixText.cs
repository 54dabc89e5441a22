using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Spectre.Console;

namespace NetPolNic.Agent.Live;

/// <summary>The measured matrix beside the policy's, for a terminal; tables that are equal share one block.</summary>
internal static class LiveMatrixText
{
    private const int LongestName = 24;
    private const int Gap = 3;

    /// <summary>Prints the tables, side by side where the console is wide enough, else one above the other.</summary>
    public static void Write(IAnsiConsole console, ImmutableArray<LiveHost> hosts, ImmutableArray<LiveTable> tables)
    {
        foreach (var family in tables.GroupBy(table => table.Question.Family))
        {
            int[] rows = [.. Enumerable.Range(0, hosts.Length).Where(row => hosts[row].AddressOf(family.Key) is not null)];
            foreach (IGrouping<string, LiveTable> same in family.GroupBy(table => Fingerprint(table, rows)))
            {
                console.WriteLine();
                string what = string.Join(", ", same.Select(table => table.Question.What));
                console.MarkupLineInterpolated($"[bold]{what}[/] over {same.First().Question.FamilyName}");
                Block(console, hosts, same.First(), rows);
            }
        }

        console.WriteLine();
        console.MarkupLine("rows open, columns answer (by the row's number); after a name: ~ shares a port with other pods");
        console.MarkupLine("[green]+[/] passed   [red]·[/] nothing passed   [yellow]?[/] half passed   [black on yellow]![/] not as policy says");
    }

    private static string Fingerprint(LiveTable table, int[] rows) => string.Concat(
        from src in rows from dst in rows select $"{(int)table.Measured[src, dst]}{table.Expected[src, dst]}");

    private static void Block(IAnsiConsole console, ImmutableArray<LiveHost> hosts, LiveTable table, int[] rows)
    {
        int digits = hosts.Length.ToString(CultureInfo.InvariantCulture).Length;
        int label = Math.Min(LongestName, rows.Max(row => Label(hosts[row]).Length));
        int width = rows.Length * (digits + 1);
        bool beside = digits + 1 + label + width + Gap + width <= console.Profile.Width;
        string indent = new(' ', digits + 1 + label);
        string numbers = string.Concat(rows.Select(row => " " + Number(row, digits)));
        string gap = new(' ', Gap);
        if (beside)
        {
            console.MarkupLine($"[grey]{indent}{" measured".PadRight(width + Gap)} policy[/]");
            console.MarkupLine($"[grey]{indent}{numbers}{gap}{numbers}[/]");
        }

        foreach (bool policy in beside ? (bool[])[false] : [false, true])
        {
            if (!beside)
            {
                console.MarkupLine($"[grey]{(policy ? "policy" : "measured").PadRight(indent.Length)}{numbers}[/]");
            }

            foreach (int src in rows)
            {
                StringBuilder line = new();
                string name = Label(hosts[src]);
                name = name.Length <= label ? name.PadRight(label) : string.Concat(name.AsSpan(0, label - 1), "…");
                line.Append("[grey]").Append(Number(src, digits)).Append("[/] ").Append(Markup.Escape(name));
                line.Append(Cells(table, src, rows, digits, policy));
                line.Append(beside ? gap + Cells(table, src, rows, digits, policy: true) : "");
                console.MarkupLine(line.ToString());
            }
        }
    }

    private static string Label(LiveHost host) => host.Name + (host.Reflected ? " ~" : "");

    private static string Cells(LiveTable table, int src, int[] rows, int digits, bool policy) => string.Concat(rows.Select(dst =>
    {
        string pad = new(' ', digits);
        return table.Measured[src, dst] == LiveOutcome.NotAsked
            ? pad + " "
            : pad + (policy ? Expected(table.Expected[src, dst]) : Measured(table, src, dst));
    }));

    private static string Expected(bool allowed) => allowed ? "[green]+[/]" : "[red]·[/]";

    private static string Measured(LiveTable table, int src, int dst) => table.Differs(src, dst)
        ? "[black on yellow]![/]"
        : table.Measured[src, dst] == LiveOutcome.HalfPassed ? "[yellow]?[/]" : Expected(table.Expected[src, dst]);

    private static string Number(int index, int digits) =>
        (index + 1).ToString(CultureInfo.InvariantCulture).PadLeft(digits);
}
