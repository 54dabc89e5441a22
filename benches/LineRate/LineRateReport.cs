using System.Globalization;
using System.Text;

namespace NetPolNic.Benches.LineRate;

/// <summary>The table of a run in Markdown, and its chart.</summary>
internal static class LineRateReport
{
    private const string Begin = "<!-- line-rate: written by the run -->";
    private const string End = "<!-- line-rate: end -->";

    // Bytes of preamble, FCS and gap that a frame takes on the wire besides its own.
    private const int WireOverhead = 24;

    internal static string Table(IReadOnlyList<LineRateRow> rows, string reference)
    {
        StringBuilder text = new();
        text.Append("| frame | device | Mpps without loss (lowest–highest round) | Gbit/s on the wire | share of testpmd | latency p50 / p99 / p99.9, µs |\n");
        text.Append("|---|---|---|---|---|---|\n");
        foreach (LineRateRow row in rows)
        {
            double peer = rows.First(other => other.Size == row.Size && other.Device == reference).MedianPps;
            double gbit = row.MedianPps * (MeanBytes(row.Size) + WireOverhead) * 8 / 1e9;
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {LineRateOptions.NameOf(row.Size)} | {row.Device} | {row.MedianPps / 1e6:0.00} ({row.LowPps / 1e6:0.00}–{row.HighPps / 1e6:0.00}) | {gbit:0.00} | ");
            text.Append(CultureInfo.InvariantCulture, $"{(peer > 0 ? row.MedianPps / peer : 0):0.00} | {Latency(row)} |\n");
        }

        return text.ToString();
    }

    /// <summary>Puts the table between the marks of a page.</summary>
    internal static void WriteTo(string folder, string text, string chart)
    {
        string figures = Directory.CreateDirectory(Path.Combine(folder, "figures")).FullName;
        File.WriteAllText(Path.Combine(figures, "line-rate.svg"), chart);
        string page = Path.Combine(folder, "benchmarks.md");
        string before = File.ReadAllText(page);
        string block = $"{Begin}\n{text}\n![Frames per second without loss](figures/line-rate.svg)\n{End}";
        int from = before.IndexOf(Begin, StringComparison.Ordinal);
        int to = before.IndexOf(End, StringComparison.Ordinal);
        File.WriteAllText(
            page,
            from >= 0 && to > from
                ? before[..from] + block + before[(to + End.Length)..]
                : $"{before.TrimEnd()}\n\n## Line rate\n\n{block}\n");
    }

    /// <summary>Bars by frame size, one colour for each device.</summary>
    internal static string Chart(IReadOnlyList<LineRateRow> rows)
    {
        string[] colours = ["#2563eb", "#0891b2", "#9ca3af"];
        string[] devices = [.. rows.Select(row => row.Device).Distinct()];
        int[] sizes = [.. rows.Select(row => row.Size).Distinct()];
        double most = Math.Max(rows.Max(row => row.MedianPps), 1);
        const int Height = 260, Left = 60, Top = 50, Bar = 18;
        int group = (Bar * devices.Length) + 24;
        int width = Left + (group * sizes.Length) + 20;
        StringBuilder svg = new();
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {Top + Height + 40}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n");
        svg.Append("<title>Frames per second without loss, by frame size</title>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        for (int tick = 0; tick <= 4; tick++)
        {
            int y = Top + Height - (Height * tick / 4);
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<line x1=\"{Left}\" x2=\"{width - 10}\" y1=\"{y}\" y2=\"{y}\" stroke=\"#e5e7eb\"/><text x=\"{Left - 6}\" y=\"{y + 4}\" text-anchor=\"end\">{most * tick / 4e6:0.0}</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 50}\" y=\"20\">Mpps without loss</text>\n");
        for (int i = 0; i < devices.Length; i++)
        {
            int x = Left + 90 + (i * 170);
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<rect x=\"{x}\" y=\"10\" width=\"12\" height=\"12\" fill=\"{colours[i % colours.Length]}\"/><text x=\"{x + 18}\" y=\"20\">{devices[i]}</text>\n");
        }

        foreach (LineRateRow row in rows)
        {
            int at = Array.IndexOf(sizes, row.Size);
            int device = Array.IndexOf(devices, row.Device);
            double height = Height * row.MedianPps / most;
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<rect x=\"{Left + 8 + (at * group) + (device * Bar)}\" y=\"{Top + Height - height:0.0}\" width=\"{Bar - 2}\" height=\"{height:0.0}\" fill=\"{colours[device % colours.Length]}\"/>\n");
        }

        for (int i = 0; i < sizes.Length; i++)
        {
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<text x=\"{Left + 8 + (i * group) + (Bar * devices.Length / 2)}\" y=\"{Top + Height + 18}\" text-anchor=\"middle\">{LineRateOptions.NameOf(sizes[i])}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static double MeanBytes(int size) => size != 0 ? size : ((7 * 64) + (4 * 594) + 1518) / 12.0;

    private static string Latency(LineRateRow row) => row.Median is { Latency: { Count: > 0 } latency }
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"{latency.QuantileUs(0.5):0} / {latency.QuantileUs(0.99):0} / {latency.QuantileUs(0.999):0}")
        : "–";
}
