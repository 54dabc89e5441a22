using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Testing;
using NetPolNic.Agent.Observability;
using NetPolNic.Agent.Tests.Hosting;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.TestSupport;

namespace NetPolNic.Agent.Tests.Observability;

[Collection(TestMeters.Collection)]
public sealed class PodEventReporterTests
{
    private readonly FakeEventSink _sink = new();
    private readonly FakeLogger<PodEventReporter> _log = new();

    [Fact]
    public async Task Posts_what_could_not_be_offloaded_once_for_each_pod_and_reason()
    {
        using AgentRig rig = new();
        using PodEventReporter reporter = new(_sink, rig.Loop, rig.Time, _log);
        rig.DataPlane.Plan = PlanOf(
            Region("x/a", PuntReason.TableFull),
            Region("x/a", PuntReason.TableFull),
            Region("x/a", PuntReason.PortRangeUnsupported),
            Region("x/b", PuntReason.TableFull),
            Region("x/b", PuntReason.RelatedIcmp),
            Region("x/gone", PuntReason.TableFull));
        await rig.StartAsync(new ClusterBuilder().Pod("x/a", 1, uid: "u1").Pod("x/b", 2).Build());

        await reporter.LookAsync(default);
        await reporter.LookAsync(default);

        Assert.Equal(
            ["x/a NetworkPolicyNotOffloadedPortRangeUnsupported", "x/a NetworkPolicyNotOffloadedTableFull", "x/b NetworkPolicyNotOffloadedTableFull"],
            _sink.Posted.Select(post => $"{post.Namespace}/{post.Pod} {post.Reason}").Order(StringComparer.Ordinal));
        Assert.Contains(_sink.Posted, post => post.Uid == "u1" && post.Message.EndsWith("and 1 more regions", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Posts_what_was_not_understood_at_the_pods_it_concerns()
    {
        using AgentRig rig = new();
        using PodEventReporter reporter = new(_sink, rig.Loop, rig.Time, _log);
        await rig.StartAsync(new ClusterBuilder().Pod("x/a", 1, uid: "u1").Pod("x/b", 1, uid: "u2").Pod("x/c", 3).Build());

        await reporter.LookAsync(default);

        PodEvent post = Assert.Single(_sink.Posted);
        Assert.Equal("NetworkPolicyNotUnderstood", post.Reason);
        Assert.Contains("is claimed by x/a, x/b", post.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_pods_are_posted_at_a_bounded_rate_and_again_after_an_hour()
    {
        using AgentRig rig = new();
        using PodEventReporter reporter = new(_sink, rig.Loop, rig.Time, _log);
        ClusterBuilder cluster = new();
        for (int i = 1; i <= 30; i++)
        {
            cluster.Pod($"x/p{i}", i);
        }

        rig.DataPlane.Plan = PlanOf([.. Enumerable.Range(1, 30).Select(i => Region($"x/p{i}", PuntReason.TableFull))]);
        await rig.StartAsync(cluster.Build());
        await reporter.LookAsync(default);
        Assert.Equal(25, _sink.Posted.Count);

        rig.Time.Advance(TimeSpan.FromSeconds(10));
        await reporter.LookAsync(default);
        Assert.Equal(27, _sink.Posted.Count);

        rig.Time.Advance(TimeSpan.FromMinutes(30));
        await reporter.LookAsync(default);
        Assert.Equal(30, _sink.Posted.Count);

        rig.Time.Advance(TimeSpan.FromMinutes(31));
        await reporter.LookAsync(default);
        Assert.InRange(_sink.Posted.Count, 31, 55);
    }

    [Fact]
    public async Task A_failure_to_post_is_logged_rarely_and_ends_nothing()
    {
        using AgentRig rig = new();
        using PodEventReporter reporter = new(_sink, rig.Loop, rig.Time, _log);
        _sink.Failure = new HttpRequestException("403");
        rig.DataPlane.Plan = PlanOf(Region("x/a", PuntReason.TableFull), Region("x/b", PuntReason.TableFull));
        await rig.StartAsync(new ClusterBuilder().Pod("x/a", 1).Pod("x/b", 2).Build());

        await reporter.LookAsync(default);

        Assert.Equal(2, _sink.Posted.Count);
        Assert.Single(_log.Collector.GetSnapshot());
    }

    private static OffloadPlan PlanOf(params PuntedRegion[] punts) => OffloadPlan.Empty with { Punts = [.. punts] };

    private static PuntedRegion Region(string pod, PuntReason reason) =>
        new(pod, Direction.Ingress, "tcp 10.0.0.1", reason, "", ImmutableArray<NetPolNic.Policy.Resolve.RuleOrigin>.Empty, "by the test");
}
