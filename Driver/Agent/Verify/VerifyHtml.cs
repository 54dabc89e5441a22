using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using NetPolNic.Agent.Matrix;
using NetPolNic.Agent.Output;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Agent.Verify;

/// <summary>A verification as one page for a browser: nothing is fetched, nothing runs. All text in it is escaped.</summary>
internal static class VerifyHtml
{
    /// <summary>Writes the page: differences first, then the matrix, the rules, what is punted.</summary>
    public static string Write(VerifyReport report, OffloadPlan plan, NicCapabilities nic, MatrixResult matrix)
    {
        StringBuilder page = new();
        page.Append(
            $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>NetPolNic: verification on {Text(nic.Name)}</title>
            <style>
            {VerifyStyle.Css}
            </style>
            </head>
            <body>
            <header>
            <h1>NetPolNic verification</h1>
            <p>Stock dpdk-testpmd on the emulated <b>{Text(nic.Name)}</b> NIC</p>
            <nav aria-label="Sections"><a href="#result">Result</a> <a href="#matrix">Matrix</a> <a href="#rules">Rules</a> <a href="#punts">Left to the fallback</a></nav>
            </header>
            <main>

            """);
        Result(page, report, plan);
        Matrix(page, matrix);
        Rules(page, report, plan);
        Punts(page, plan);
        page.Append("</main>\n</body>\n</html>\n");
        return page.ToString();
    }

    /// <summary>Escapes text for an element or a quoted attribute.</summary>
    internal static string Text(string text) => WebUtility.HtmlEncode(text);

    private static void Result(StringBuilder page, VerifyReport report, OffloadPlan plan)
    {
        bool good = report.Differences.IsEmpty;
        page.Append(CultureInfo.InvariantCulture, $"<section id=\"result\" class=\"{(good ? "good" : "bad")}\">\n<h2>{(good ? "As planned, and nothing dropped that policy may allow" : $"{report.Differences.Length} differences")}</h2>\n");
        if (!good)
        {
            page.Append("<ul class=\"differences\">\n");
            foreach (string difference in report.Differences)
            {
                page.Append($"<li><pre>{Text(difference)}</pre></li>\n");
            }

            page.Append("</ul>\n");
        }

        page.Append("<dl>\n");
        Fact(page, "rules created", $"{Number(report.Created)} of {Number(report.Rules)}");
        Fact(page, "packets sent", Number(report.Packets));
        Fact(page, "dropped by the NIC", Number(report.DroppedByNic));
        Fact(page, "left to the fallback", Number(report.Packets - report.DroppedByNic));
        Fact(page, "punted regions", Number(plan.Punts.Length));
        page.Append("</dl>\n</section>\n");
    }

    private static void Fact(StringBuilder page, string name, string value) =>
        page.Append($"<div><dt>{name}</dt><dd>{value}</dd></div>\n");

    private static void Matrix(StringBuilder page, MatrixResult matrix)
    {
        page.Append(
            """
            <section id="matrix">
            <h2>Who may talk to whom, and who says so</h2>
            <p class="legend"><span class="c nd">X</span> dropped by the NIC <span class="c fd">·</span> dropped by the fallback <span class="c np">N</span> allowed, marked by the NIC <span class="c fp">f</span> allowed by the fallback. Rows send, columns receive.</p>

            """);
        if (matrix.Endpoints.IsEmpty)
        {
            page.Append("<p>No pod has an address.</p>\n");
        }

        bool open = true;
        foreach (IGrouping<string, MatrixTable> same in matrix.Tables.GroupBy(Fingerprint))
        {
            string ports = Text(string.Join(", ", same.Select(table => table.Port)));
            page.Append($"<details{(open ? " open" : "")}><summary>{ports}</summary>\n");
            Table(page, matrix.Endpoints, same.First(), ports);
            page.Append("</details>\n");
            open = false;
        }

        page.Append("</section>\n");
    }

    private static void Table(StringBuilder page, ImmutableArray<MatrixEndpoint> endpoints, MatrixTable table, string ports)
    {
        page.Append($"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Matrix for {ports}\"><table class=\"matrix\">\n<thead><tr><th scope=\"col\">from \\ to</th>");
        for (int dst = 0; dst < endpoints.Length; dst++)
        {
            page.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\"><abbr title=\"{Text(endpoints[dst].Name)}\">{dst + 1}</abbr></th>");
        }

        page.Append("</tr></thead>\n<tbody>\n");
        for (int src = 0; src < endpoints.Length; src++)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\"><span class=\"n\">{src + 1}</span> {Text(endpoints[src].Name)}</th>");
            for (int dst = 0; dst < endpoints.Length; dst++)
            {
                (string symbol, string style, string words) = Cell(table.Places?[src, dst] ?? VerdictPlace.None);
                string title = words.Length == 0
                    ? ""
                    : $" title=\"{Text($"{endpoints[src].Name} → {endpoints[dst].Name}: {words}")}\"";
                string spoken = words.Length == 0 ? symbol : $"<span aria-hidden=\"true\">{symbol}</span><span class=\"v\">{words}</span>";
                page.Append($"<td class=\"c {style}\"{title}>{spoken}</td>");
            }

            page.Append("</tr>\n");
        }

        page.Append("</tbody></table></div>\n");
    }

    private static void Rules(StringBuilder page, VerifyReport report, OffloadPlan plan)
    {
        page.Append(CultureInfo.InvariantCulture, $"<section id=\"rules\">\n<h2>{plan.Rules.Length} rules in the NIC</h2>\n");
        page.Append("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Rules\"><table>\n<thead><tr><th scope=\"col\">verdict</th><th scope=\"col\">group</th><th scope=\"col\">priority</th><th scope=\"col\">hits</th><th scope=\"col\">matches</th><th scope=\"col\">actions</th><th scope=\"col\">from</th></tr></thead>\n<tbody>\n");
        RuleUsers users = RuleUsers.Of(plan.Rules);
        for (int i = 0; i < plan.Rules.Length; i++)
        {
            PlannedRule rule = plan.Rules[i];
            string verdict = rule.Verdict.ToString().ToUpperInvariant();
            string hits = i < report.Hits.Length && report.Hits[i] is { } count ? count.ToString(CultureInfo.InvariantCulture) : "–";
            string origin = rule.Origins.IsEmpty ? users.NamesOf(rule) : string.Join(", ", rule.Origins);
            page.Append(CultureInfo.InvariantCulture, $"<tr><td><span class=\"tag {verdict}\">{verdict}</span></td><td class=\"r\">{rule.Spec.Attr.Group}</td><td class=\"r\">{rule.Spec.Attr.Priority}</td><td class=\"r\">{hits}</td><td><code title=\"{Text(rule.Pattern)}\">{Text(RuleText.Of(rule.Spec.Pattern))}</code></td><td>{Text(RuleText.Of(rule.Spec.Actions))}</td><td>{Text(origin)}</td></tr>\n");
        }

        page.Append("</tbody></table></div>\n</section>\n");
    }

    private static void Punts(StringBuilder page, OffloadPlan plan)
    {
        page.Append("<section id=\"punts\">\n<h2>Left to the fallback, and why</h2>\n");
        if (plan.Punts.IsEmpty)
        {
            page.Append("<p>Nothing.</p>\n</section>\n");
            return;
        }

        foreach (IGrouping<PuntReason, PuntedRegion> reason in plan.Punts.GroupBy(punt => punt.Reason))
        {
            page.Append(CultureInfo.InvariantCulture, $"<details><summary>{Text(reason.Key.ToString())} <span class=\"n\">{reason.Count()}</span></summary>\n");
            page.Append("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Punted regions\"><table>\n<thead><tr><th scope=\"col\">pod</th><th scope=\"col\">direction</th><th scope=\"col\">region</th><th scope=\"col\">field</th><th scope=\"col\">from</th></tr></thead>\n<tbody>\n");
            foreach (PuntedRegion punt in reason)
            {
                page.Append($"<tr><td>{Text(punt.Pod)}</td><td>{Text(punt.Direction.ToString())}</td><td><code>{Text(punt.Region)}</code></td><td>{Text(punt.Field)}</td><td>{Text(string.Join(", ", punt.Origins))}</td></tr>\n");
            }

            page.Append("</tbody></table></div>\n</details>\n");
        }

        page.Append("</section>\n");
    }

    private static (string Symbol, string Style, string Words) Cell(VerdictPlace place) => place switch
    {
        VerdictPlace.NicDrop => ("X", "nd", "dropped by the NIC"),
        VerdictPlace.FallbackDrop => ("·", "fd", "dropped by the fallback"),
        VerdictPlace.NicPass => ("N", "np", "allowed, marked by the NIC"),
        VerdictPlace.FallbackPass => ("f", "fp", "allowed by the fallback"),
        _ => ("", "no", ""),
    };

    private static string Fingerprint(MatrixTable table) =>
        table.Places is null ? table.Port.ToString() : string.Concat(table.Places.Cast<VerdictPlace>().Select(place => (int)place));

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
