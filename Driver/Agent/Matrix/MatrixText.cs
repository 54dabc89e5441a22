using System.Globalization;
using System.Text;
using Spectre.Console;

namespace NetPolNic.Agent.Matrix;

/// <summary>The matrix for a terminal: one block per port, columns by number so that 80 characters hold a cluster.</summary>
internal static class MatrixText
{
    private const int LongestName = 34;

    /// <summary>Prints the tables. Ports with equal tables share one block.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="result">The matrix.</param>
    /// <param name="limit">Blocks to print at most, those with most allowed by a rule first; the rest is counted.</param>
    public static void Write(IAnsiConsole console, MatrixResult result, int limit = int.MaxValue)
    {
        if (result.Endpoints.IsEmpty)
        {
            console.MarkupLine("[yellow]no pod has an address: there is nothing to ask about[/]");
            return;
        }

        bool places = result.Tables.Any(table => table.Places is not null);
        int label = Math.Min(LongestName, result.Endpoints.Max(endpoint => endpoint.Name.Length));
        IGrouping<string, MatrixTable>[] blocks = [.. result.Tables.GroupBy(Fingerprint)];
        IGrouping<string, MatrixTable>[] shown = blocks.Length <= limit
            ? blocks
            : [.. blocks.OrderByDescending(block => block.Key.Count(symbol => symbol is 'f' or '+')).Take(limit)];
        foreach (IGrouping<string, MatrixTable> same in shown)
        {
            console.WriteLine();
            console.MarkupLineInterpolated($"[bold]{string.Join(", ", same.Select(table => table.Port))}[/]");
            Block(console, result, same.First(), label);
        }

        if (blocks.Length > shown.Length)
        {
            console.MarkupLineInterpolated(
                $"[grey]… and {blocks.Length - shown.Length} more tables ('netpolnic matrix --via packets' prints all)[/]");
        }

        console.WriteLine();
        console.MarkupLine("rows send, columns receive (by the row's number)");
        console.MarkupLine(places
            ? "[green]N[/] allowed, marked by the NIC   [green]f[/] allowed by the fallback   " +
              "[red]X[/] dropped by the NIC   [red]·[/] dropped by the fallback"
            : "[green]+[/] allowed   [red]·[/] denied   blank: no common address family");
    }

    private static string Fingerprint(MatrixTable table)
    {
        StringBuilder text = new();
        int count = table.Combined.GetLength(0);
        for (int src = 0; src < count; src++)
        {
            for (int dst = 0; dst < count; dst++)
            {
                text.Append(Cell(table, src, dst).Symbol);
            }
        }

        return text.ToString();
    }

    private static void Block(IAnsiConsole console, MatrixResult result, MatrixTable table, int label)
    {
        int count = result.Endpoints.Length;
        int width = count.ToString(CultureInfo.InvariantCulture).Length;
        StringBuilder header = new(new string(' ', width + 1 + label));
        for (int dst = 0; dst < count; dst++)
        {
            header.Append(' ').Append(Number(dst, width));
        }

        console.MarkupLineInterpolated($"[grey]{header}[/]");
        for (int src = 0; src < count; src++)
        {
            StringBuilder row = new();
            string name = Shorten(result.Endpoints[src].Name, label).PadRight(label);
            row.Append("[grey]").Append(Number(src, width)).Append("[/] ").Append(Markup.Escape(name));
            for (int dst = 0; dst < count; dst++)
            {
                (char symbol, string colour) = Cell(table, src, dst);
                row.Append(' ', width).Append('[').Append(colour).Append(']').Append(symbol).Append("[/]");
            }

            console.MarkupLine(row.ToString());
        }
    }

    private static (char Symbol, string Colour) Cell(MatrixTable table, int src, int dst) =>
        table.Places?[src, dst] switch
        {
            VerdictPlace.NicDrop => ('X', "red"),
            VerdictPlace.FallbackDrop => ('·', "red"),
            VerdictPlace.NicPass => ('N', "green"),
            VerdictPlace.FallbackPass => ('f', "green"),
            VerdictPlace.None => (' ', "grey"),
            _ => table.Combined[src, dst] ? ('+', "green") : ('·', "red"),
        };

    private static string Number(int index, int width) =>
        (index + 1).ToString(CultureInfo.InvariantCulture).PadLeft(width);

    private static string Shorten(string name, int length) =>
        name.Length <= length ? name : string.Concat(name.AsSpan(0, length - 1), "…");
}
