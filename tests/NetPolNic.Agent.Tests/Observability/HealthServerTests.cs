using System.Collections.Immutable;
using System.Net;
using Dpdk.Flow;
using Microsoft.Extensions.Logging.Abstractions;
using NetPolNic.Agent.Hosting;
using NetPolNic.Agent.Observability;
using NetPolNic.Agent.Tests.Hosting;
using NetPolNic.Cluster.Sources;
using NetPolNic.Fallback.Decision;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.TestSupport;

namespace NetPolNic.Agent.Tests.Observability;

[Collection(TestMeters.Collection)]
public sealed class HealthServerTests : IAsyncDisposable
{
    private readonly AgentRig _rig = new();
    private readonly HealthServer _server;
    private readonly HttpClient _client = new();

    public HealthServerTests()
    {
        _rig.Source.Health = [new ReflectorHealth("pods", ReflectorPhase.Watching, 5, "77", 9, 1, 2, _rig.Time.GetUtcNow(), null)];
        AgentInstruments instruments =
            new(_rig.Meters.Factory, _rig.Loop, _rig.DataPlane, _rig.Source, _rig.Health, _rig.Time);
        _server = new HealthServer(
            new AgentOptions { MetricsListen = "127.0.0.1:0" },
            _rig.Health,
            instruments,
            new OffloadMetrics(_rig.Meters.Factory, _rig.Loop, _rig.Time),
            NullLogger<HealthServer>.Instance);
    }

    [Fact]
    public async Task Is_ready_once_the_policy_is_in_force_and_says_why_not()
    {
        await _server.StartAsync(default);
        (HttpStatusCode before, string why) = await GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, before);
        Assert.Contains("nothing passes", why, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await GetAsync("/healthz"));

        await _rig.StartAsync();
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await GetAsync("/readyz"));

        _rig.DataPlane.SincePoll = TimeSpan.FromMinutes(1);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await GetAsync("/healthz")).Status);
        _rig.DataPlane.SincePoll = TimeSpan.Zero;

        await _rig.Loop.StopAsync(default);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "stopping\n"), await GetAsync("/readyz"));
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/")).Status);
    }

    [Fact]
    public async Task Exports_every_instrument_in_the_text_format()
    {
        Fill();
        await _server.StartAsync(default);
        await _rig.StartAsync(new ClusterBuilder().Pod("x/a", 1).Build());

        (HttpStatusCode status, string text) = await GetAsync("/metrics");

        Assert.Equal(HttpStatusCode.OK, status);
        Exposition metrics = Exposition.Parse(text);
        Assert.Equal(1, metrics.Value("netpolnic_ready"));
        Assert.Equal(1, metrics.Value("netpolnic_policy_endpoints"));
        Assert.Equal(1, metrics.Value("netpolnic_event_to_in_force_seconds_count"));
        Assert.Equal(3, metrics.Value("netpolnic_fallback_dropped_total", "reason=\"ingress_denied\""));
        Assert.Equal(8, metrics.Value("netpolnic_fallback_forwarded_total", "kind=\"established\""));
        Assert.Equal(1, metrics.Value("netpolnic_nic_rules", "verdict=\"drop\"", "device=\"net_fake0\""));
        Assert.Equal(41, metrics.Value("netpolnic_nic_packets_total", "verdict=\"drop\""));
        Assert.Equal(1, metrics.Value("netpolnic_nic_rules_refused", "reason=\"table_full\""));
        Assert.Equal(2, metrics.Value("netpolnic_fallback_regions", "reason=\"related_icmp\""));
        Assert.Equal(700, metrics.Value("netpolnic_ethport_bytes_total", "direction=\"receive\""));
        Assert.Equal(5, metrics.Value("netpolnic_cluster_objects", "kind=\"pods\""));
        Assert.Equal(1, metrics.Value("netpolnic_cluster_phase", "phase=\"watching\""));
        Assert.DoesNotContain("x/a", text, StringComparison.Ordinal);
        Assert.All(
            metrics.Types.Keys.Where(name => name.StartsWith("netpolnic_", StringComparison.Ordinal)),
            name => Assert.True(metrics.Help.GetValueOrDefault(name)?.Length > 20, $"{name} has no help"));
    }

    [Fact]
    public async Task The_page_about_the_agent_lists_exactly_these_metrics()
    {
        Fill();
        await _server.StartAsync(default);
        await _rig.StartAsync(new ClusterBuilder().Pod("x/a", 1).Build());
        _rig.DataPlane.OnApply = _ =>
        {
            _rig.DataPlane.OnApply = null;
            throw new InvalidOperationException("no luck");
        };
        _rig.Feed.Write(changes => changes.Put(ApplyRig.Pod(2)));
        await _rig.SettleAsync();
        Exposition metrics = Exposition.Parse((await GetAsync("/metrics")).Body);
        string page = await File.ReadAllTextAsync(Path.Combine(AboveExecutable.Find("docs")!, "agent.md"));

        string[] documented =
        [
            .. page.Split('\n').Where(line => line.StartsWith("| `netpolnic_", StringComparison.Ordinal))
                .Select(line => line.Split('`')[1]).Order(StringComparer.Ordinal),
        ];

        string[] rare = ["netpolnic_apply_resolver_rebuilds_total", "netpolnic_apply_retries_total"];
        Assert.Equal(
            metrics.Types.Keys.Where(name => name.StartsWith("netpolnic_", StringComparison.Ordinal)).Union(rare)
                .Order(StringComparer.Ordinal),
            documented);
    }

    [Theory]
    [InlineData("127.0.0.1:9099", "127.0.0.1:9099")]
    [InlineData("localhost:1", "127.0.0.1:1")]
    [InlineData("[::1]:9099", "[::1]:9099")]
    [InlineData(":9099", "[::]:9099")]
    [InlineData("0.0.0.0:0", "0.0.0.0:0")]
    [InlineData("none", null)]
    public void Understands_where_to_listen(string text, string? endPoint)
    {
        Assert.True(ListenAddress.TryParse(text, out IPEndPoint? parsed));
        Assert.Equal(endPoint, parsed?.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("9099")]
    [InlineData("example.org:80")]
    [InlineData("127.0.0.1:70000")]
    [InlineData("127.0.0.1:")]
    [InlineData("::1:9099")]
    public void Refuses_what_is_no_address(string text) => Assert.False(ListenAddress.TryParse(text, out _));

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(default);
        await _server.DisposeAsync();
        _client.Dispose();
        _rig.Dispose();
    }

    private void Fill()
    {
        _rig.DataPlane.Fallback = _rig.DataPlane.Fallback with
        {
            Drops = ImmutableSortedDictionary<DropReason, ulong>.Empty.Add(DropReason.IngressDenied, 3),
            Decisions = ImmutableSortedDictionary<DecisionKind, ulong>.Empty.Add(DecisionKind.Established, 8),
        };
        _rig.DataPlane.Counters = [new RuleCounters(FakeDataPlane.Rule(RuleVerdict.Drop), new FlowCounters(41, 4100))];
        _rig.DataPlane.Report = FakeDataPlane.Answer(refused: [FakeDataPlane.Refusal(RejectReason.TableFull)]);
        PuntedRegion region = new("x/a", Direction.Ingress, "icmp", PuntReason.RelatedIcmp, "", [], "by the test");
        _rig.DataPlane.Plan = OffloadPlan.Empty with { Punts = [region, region] };
    }

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using HttpResponseMessage answer = await _client.GetAsync(new Uri(_server.Address + path));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
