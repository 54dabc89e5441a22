using System.Text;
using NetPolNic.Benches.Datapath.Contestants;
using NetPolNic.Benches.Datapath.Traffic;
using NetPolNic.Policy.Model;

namespace NetPolNic.Benches.Datapath.Report;

/// <summary>The chart: time of a packet over the number of rules, and over the number of connections.</summary>
internal static class ScalingFigure
{
    private const double PanelWidth = 460;
    private const double Height = 420;

    public static string Of(MeasurementPlan plan)
    {
        LineChart rules = new("ns per packet over rules", "rules", 0, PanelWidth);
        LineChart connections = new("ns per packet over connections", "connections", PanelWidth, PanelWidth);
        foreach (IGrouping<ContestantKind, Entrant> kind in plan.Entrants
            .Where(entrant => entrant.HasFigures && entrant.Workload.Family == IpFamily.V4)
            .GroupBy(entrant => entrant.Kind)
            .OrderBy(kind => kind.Key))
        {
            string name = kind.First().Name;
            Entrant[] established = [.. kind.Where(e => e.Workload.Kind == WorkloadKind.Established)];
            AddLine(rules, $"{name}, established", established.Where(e => e.Workload.Flows == plan.Base.Flows), e => e.Workload.Rules);
            AddLine(rules, $"{name}, every packet new", kind.Where(e => e.Workload.Kind == WorkloadKind.New), e => e.Workload.Rules);
            AddLine(connections, name, established.Where(e => e.Workload.Rules == plan.Base.Rules), e => e.Workload.Flows);
        }

        StringBuilder svg = new();
        svg.AppendLine(FormattableString.Invariant(
            $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * PanelWidth} {Height}" font-family="sans-serif" font-size="12">"""));
        svg.AppendLine("""<rect width="100%" height="100%" fill="white"/>""");
        rules.Append(svg);
        connections.Append(svg);
        return svg.AppendLine("</svg>").ToString();
    }

    /// <summary>A single point is no line.</summary>
    private static void AddLine(LineChart chart, string name, IEnumerable<Entrant> entrants, Func<Entrant, double> x)
    {
        (double X, double Y)[] points = [.. entrants.Select(entrant => (x(entrant), entrant.MedianNs))];
        if (points.Length > 1)
        {
            chart.Add(name, points);
        }
    }
}
