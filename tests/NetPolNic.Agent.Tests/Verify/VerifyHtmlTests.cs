using System.Collections.Immutable;
using System.Xml.Linq;
using NetPolNic.Agent.Matrix;
using NetPolNic.Agent.Verify;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.Policy.Resolve;
using NetPolNic.TestSupport;

namespace NetPolNic.Agent.Tests.Verify;

/// <summary>The report for a browser: escaped, complete, self-contained.</summary>
public sealed class VerifyHtmlTests
{
    private const string Nasty = "<script>alert('1')</script>&\"";

    [Fact]
    public void Differences_come_first_and_are_escaped()
    {
        string page = Page(Nasty);

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;", page, StringComparison.Ordinal);
        Assert.True(page.IndexOf("class=\"differences\"", StringComparison.Ordinal) < page.IndexOf("id=\"matrix\"", StringComparison.Ordinal));
        Assert.Contains("1 differences", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_good_verification_says_so()
    {
        string page = Page();
        Assert.Contains("nothing dropped that policy may allow", page, StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"differences\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_fetched_and_nothing_runs()
    {
        string page = Page();
        Assert.DoesNotContain("http:", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https:", page, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", page, StringComparison.Ordinal);
        Assert.DoesNotContain(" src=", page, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_rule_punt_and_cell_is_there()
    {
        (ClusterState state, OffloadPlan plan, NicCapabilities nic) = World();
        XElement body = Body(Page());

        Assert.Equal(plan.Rules.Length, Section(body, "rules").Descendants("tr").Count() - 1);
        int punts = Section(body, "punts").Descendants("tbody").Elements("tr").Count();
        Assert.Equal(plan.Punts.Length, punts);
        Assert.All(Section(body, "matrix").Descendants("table"), table =>
            Assert.Equal(state.Pods.Length, table.Element("tbody")!.Elements("tr").Count()));
        Assert.Contains(Section(body, "matrix").Descendants("td"), cell => cell.Value.EndsWith("dropped by the NIC", StringComparison.Ordinal));
        Assert.Contains(Section(body, "matrix").Descendants("td"), cell => cell.Value.EndsWith("allowed by the fallback", StringComparison.Ordinal));
        Assert.Equal("7", Section(body, "rules").Descendants("tbody").Elements("tr").First().Elements("td").ElementAt(3).Value);
        Assert.NotEmpty(nic.Name);
    }

    private static XElement Section(XElement body, string id) =>
        body.Descendants("section").Single(section => section.Attribute("id")?.Value == id);

    // Every element is closed and every attribute quoted: the body reads as XML.
    private static XElement Body(string page)
    {
        int start = page.IndexOf("<body>", StringComparison.Ordinal);
        int end = page.IndexOf("</body>", StringComparison.Ordinal) + "</body>".Length;
        return XElement.Parse(page[start..end].Replace("<details open>", "<details>", StringComparison.Ordinal));
    }

    private static string Page(params string[] differences)
    {
        (ClusterState state, OffloadPlan plan, NicCapabilities nic) = World();
        MatrixResult matrix = PlannedMatrix.Build(state, new PolicyEvaluator(state), plan, nic, nodeName: null);
        ImmutableArray<ulong?> hits = [.. plan.Rules.Select((_, index) => index == 0 ? 7UL : (ulong?)null)];
        VerifyReport report = new(plan.Rules.Length, plan.Rules.Length, 10, 3, hits, [.. differences]);
        return VerifyHtml.Write(report, plan, nic, matrix);
    }

    private static (ClusterState State, OffloadPlan Plan, NicCapabilities Nic) World()
    {
        ClusterState state = new ClusterBuilder().Space("x").Pod("x/web", 1, "app=web").Pod("x/db", 2, "app=db")
            .Pod("x/other", 3, "app=other")
            .Ingress("x/p", "app=db", ClusterBuilder.Rule([ClusterBuilder.Pods("app=web")], "TCP/80")).Build();
        NicCapabilities nic = NicProfiles.Load("mlx5");
        PolicySnapshot snapshot = new PolicyResolver(IsolationMode.Auto).Resolve(state, null);
        return (state, OffloadPlanner.Plan(snapshot, nic, PlanOptions.Default), nic);
    }
}
