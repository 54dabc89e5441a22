using System.Collections.Immutable;
using System.Globalization;
using Spectre.Console;

namespace NetPolNic.Agent.Live;

/// <summary>
/// The measured matrix beside the policy's, for a terminal; tables that are equal share one block, and as many blocks stand side by
/// side as the console is wide.
/// </summary>
internal static class LiveMatrixText
{
    private const int LongestName = 24;
    private const int Gap = 3;

    /// <summary>Prints the tables.</summary>
    public static void Write(IAnsiConsole console, ImmutableArray<LiveHost> hosts, ImmutableArray<LiveTable> tables)
    {
        foreach (var family in tables.GroupBy(table => table.Question.Family))
        {
            int[] rows = [.. Enumerable.Range(0, hosts.Length).Where(row => hosts[row].AddressOf(family.Key) is not null)];
            Layout layout = new(hosts, rows);
            (string What, LiveTable Table)[] blocks =
            [
                .. family.GroupBy(table => Fingerprint(table, rows)).Select(same =>
                    (string.Join(", ", same.Select(table => table.Question.What)), same.First())),
            ];
            console.WriteLine();
            console.MarkupLineInterpolated($"[bold]{family.First().Question.FamilyName}[/], rows open and columns answer");
            if (!layout.FitsBeside(console))
            {
                Array.ForEach(blocks, block => Stacked(console, layout, block.What, block.Table));
                continue;
            }

            foreach ((string What, LiveTable Table)[] beside in blocks.Chunk(layout.BlocksIn(console)))
            {
                Beside(console, layout, beside);
            }
        }

        console.WriteLine();
        console.MarkupLine("[green]+[/] passed   [red]·[/] nothing passed   [yellow]?[/] half passed   [black on yellow]![/] not as policy says");
        console.MarkupLine("~ after a name: shares a port with other pods");
    }

    private static string Fingerprint(LiveTable table, int[] rows) => string.Concat(
        from src in rows from dst in rows select $"{(int)table.Measured[src, dst]}{table.Expected[src, dst]}");

    /// <summary>Blocks in one row of the console, each with the policy beside what was measured.</summary>
    private static void Beside(IAnsiConsole console, Layout layout, IReadOnlyList<(string What, LiveTable Table)> blocks)
    {
        string gap = new(' ', Gap);
        string Heads(Func<string, string> head) => string.Join(gap, blocks.Select(block => head(block.What)));
        int whole = (2 * layout.Width) + Gap;
        console.WriteLine();
        console.MarkupLine($"{layout.Indent}[bold]{Markup.Escape(Heads(what => $" {(what.Length < whole ? what : string.Concat(what.AsSpan(0, whole - 2), "…"))}".PadRight(whole)))}[/]");
        console.MarkupLine($"[grey]{layout.Indent}{Heads(_ => " measured".PadRight(layout.Width + Gap) + " policy".PadRight(layout.Width))}[/]");
        console.MarkupLine($"[grey]{layout.Indent}{Heads(_ => layout.Numbers + gap + layout.Numbers)}[/]");
        for (int row = 0; row < layout.Rows.Length; row++)
        {
            console.MarkupLine(layout.Name(row) + string.Join(gap, blocks.Select(block =>
                Cells(block.Table, layout, row, policy: false) + gap + Cells(block.Table, layout, row, policy: true))));
        }
    }

    /// <summary>The policy below what was measured, for a console that is too narrow.</summary>
    private static void Stacked(IAnsiConsole console, Layout layout, string what, LiveTable table)
    {
        console.WriteLine();
        console.MarkupLineInterpolated($"[bold]{what}[/]");
        foreach (bool policy in (bool[])[false, true])
        {
            console.MarkupLine($"[grey]{(policy ? "policy" : "measured").PadRight(layout.Indent.Length)}{layout.Numbers}[/]");
            for (int row = 0; row < layout.Rows.Length; row++)
            {
                console.MarkupLine(layout.Name(row) + Cells(table, layout, row, policy));
            }
        }
    }

    private static string Cells(LiveTable table, Layout layout, int row, bool policy) => string.Concat(layout.Rows.Select(dst =>
    {
        int src = layout.Rows[row];
        string pad = new(' ', layout.Digits);
        return table.Measured[src, dst] == LiveOutcome.NotAsked
            ? pad + " "
            : pad + (policy ? Expected(table.Expected[src, dst]) : Measured(table, src, dst));
    }));

    private static string Expected(bool allowed) => allowed ? "[green]+[/]" : "[red]·[/]";

    private static string Measured(LiveTable table, int src, int dst) => table.Differs(src, dst)
        ? "[black on yellow]![/]"
        : table.Measured[src, dst] == LiveOutcome.HalfPassed ? "[yellow]?[/]" : Expected(table.Expected[src, dst]);

    /// <summary>Rows with their numbers and names, and how wide things are.</summary>
    private sealed class Layout(ImmutableArray<LiveHost> hosts, int[] rows)
    {
        private readonly int _label = Math.Min(LongestName, rows.Max(row => Label(hosts[row]).Length));

        public int[] Rows => rows;

        public int Digits { get; } = rows.Length.ToString(CultureInfo.InvariantCulture).Length;

        /// <summary>Characters of one table's cells.</summary>
        public int Width => rows.Length * (Digits + 1);

        /// <summary>As wide as number and name.</summary>
        public string Indent => new(' ', Digits + 1 + _label);

        /// <summary>The columns' numbers.</summary>
        public string Numbers => string.Concat(rows.Select((_, index) => " " + Number(index)));

        public bool FitsBeside(IAnsiConsole console) => BlocksWithin(console.Profile.Width) >= 1;

        public int BlocksIn(IAnsiConsole console) => BlocksWithin(console.Profile.Width);

        public string Name(int row)
        {
            string name = Label(hosts[rows[row]]);
            name = name.Length <= _label ? name.PadRight(_label) : string.Concat(name.AsSpan(0, _label - 1), "…");
            return $"[grey]{Number(row)}[/] {Markup.Escape(name)}";
        }

        private static string Label(LiveHost host) => host.Name + (host.Reflected ? " ~" : "");

        private int BlocksWithin(int width) => (width - Indent.Length + Gap) / (2 * (Width + Gap));

        private string Number(int index) => (index + 1).ToString(CultureInfo.InvariantCulture).PadLeft(Digits);
    }
}
