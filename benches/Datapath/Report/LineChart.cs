using System.Globalization;
using System.Text;

namespace NetPolNic.Benches.Datapath.Report;

/// <summary>A line chart as part of an SVG picture: a logarithmic axis across, a linear one from zero up.</summary>
internal sealed class LineChart(string title, string axis, double left, double width)
{
    private const double Top = 46;
    private const double Height = 230;
    private const double Padding = 48;

    private static readonly string[] s_colours = ["#1a66c9", "#c9541a", "#2f8f4e", "#8a4fb5", "#777777", "#b58900"];

    private readonly List<(string Name, (double X, double Y)[] Points)> _series = [];

    /// <summary>Adds a line; one without points is left out.</summary>
    public void Add(string name, IEnumerable<(double X, double Y)> points)
    {
        (double X, double Y)[] sorted = [.. points.OrderBy(point => point.X)];
        if (sorted.Length > 0)
        {
            _series.Add((name, sorted));
        }
    }

    /// <summary>Writes the chart.</summary>
    public void Append(StringBuilder svg)
    {
        if (_series.Count == 0)
        {
            return;
        }

        double minX = Math.Log10(_series.Min(s => s.Points[0].X));
        double maxX = Math.Max(minX + 1, Math.Log10(_series.Max(s => s.Points[^1].X)));
        double step = StepFor(_series.Max(s => s.Points.Max(p => p.Y)));
        double maxY = step * Math.Ceiling(_series.Max(s => s.Points.Max(p => p.Y)) / step);
        double x(double value) => left + Padding + ((Math.Log10(value) - minX) / (maxX - minX) * (width - Padding - 20));
        double y(double value) => Top + Height - (value / maxY * Height);
        Text(svg, left + Padding, 24, "start", title, "600");
        for (double tick = 0; tick <= maxY + (step / 2); tick += step)
        {
            svg.AppendLine(CultureInfo.InvariantCulture,
                $"""<line x1="{left + Padding:F1}" x2="{left + width - 20:F1}" y1="{y(tick):F1}" y2="{y(tick):F1}" stroke="#dddddd"/>""");
            Text(svg, left + Padding - 6, y(tick) + 4, "end", tick.ToString("G4", CultureInfo.InvariantCulture));
        }

        foreach (double tick in _series.SelectMany(s => s.Points).Select(p => p.X).Distinct())
        {
            Text(svg, x(tick), Top + Height + 18, "middle", tick.ToString("N0", CultureInfo.InvariantCulture).Replace(',', ' '));
        }

        Text(svg, left + ((width + Padding) / 2), Top + Height + 36, "middle", axis);
        for (int i = 0; i < _series.Count; i++)
        {
            string colour = s_colours[i % s_colours.Length];
            string line = string.Join(' ', _series[i].Points.Select(p => FormattableString.Invariant($"{x(p.X):F1},{y(p.Y):F1}")));
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>""");
            foreach ((double px, double py) in _series[i].Points)
            {
                svg.AppendLine(CultureInfo.InvariantCulture, $"""<circle cx="{x(px):F1}" cy="{y(py):F1}" r="3" fill="{colour}"/>""");
            }

            double keyY = Top + Height + 56 + (16 * i);
            svg.AppendLine(CultureInfo.InvariantCulture,
                $"""<line x1="{left + Padding:F1}" x2="{left + Padding + 22:F1}" y1="{keyY:F1}" y2="{keyY:F1}" stroke="{colour}" stroke-width="2"/>""");
            Text(svg, left + Padding + 28, keyY + 4, "start", _series[i].Name);
        }
    }

    /// <summary>1, 2 or 5 times a power of ten, so that about five steps fill the axis.</summary>
    private static double StepFor(double highest)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(highest / 5)));
        return highest / 5 / power switch { var rest when rest <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
    }

    private static void Text(StringBuilder svg, double x, double y, string anchor, string text, string weight = "400") =>
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"""<text x="{x:F1}" y="{y:F1}" text-anchor="{anchor}" font-weight="{weight}">{System.Security.SecurityElement.Escape(text)}</text>""");
}
