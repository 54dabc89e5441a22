using Microsoft.Extensions.Logging.Testing;
using NetPolNic.Agent.Observability;
using NetPolNic.Agent.Tests.Hosting;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Decision;
using NetPolNic.Policy.Model;
using NetPolNic.TestSupport;

namespace NetPolNic.Agent.Tests.Observability;

[Collection(TestMeters.Collection)]
public sealed class DeniedReporterTests
{
    [Fact]
    public async Task Names_the_pods_the_direction_and_the_policies()
    {
        using AgentRig rig = new();
        FakeLogger<DeniedReporter> log = new();
        using DeniedReporter reporter = new(rig.DataPlane, rig.Loop, rig.Time, log);
        await rig.StartAsync(Cluster());
        rig.DataPlane.Denied.Add(Packet(1, 1, 2, DropReason.IngressDenied));
        rig.DataPlane.Denied.Add(Packet(2, 1, 2, DropReason.IngressDenied));
        rig.DataPlane.Denied.Add(Packet(3, 3, 9, DropReason.EgressDenied));

        reporter.Look();
        reporter.Look();

        string[] messages = [.. log.Collector.GetSnapshot().Select(record => record.Message)];
        Assert.Equal(2, messages.Length);
        Assert.Contains("x/a 10.0.0.1 to x/db 10.0.0.2", messages[0], StringComparison.Ordinal);
        Assert.Contains("by ingress of x/db; isolated by x/closed; 2 packets", messages[0], StringComparison.Ordinal);
        Assert.Contains("x/c 10.0.0.3 to - 10.0.0.9", messages[1], StringComparison.Ordinal);
        Assert.Contains("by egress of x/c; isolated by x/mute; 1 packets", messages[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flood_is_a_few_records_and_a_sum()
    {
        using AgentRig rig = new();
        FakeLogger<DeniedReporter> log = new();
        using DeniedReporter reporter = new(rig.DataPlane, rig.Loop, rig.Time, log);
        await rig.StartAsync(Cluster());
        for (int second = 0; second < 61; second++)
        {
            rig.DataPlane.Denied.Clear();
            for (int i = 0; i < 200; i++)
            {
                rig.DataPlane.Denied.Add(Packet((second * 1_000_000L) + i + 1, 100 + i, 2, DropReason.IngressDenied));
            }

            rig.Time.Advance(TimeSpan.FromSeconds(1));
            reporter.Look();
        }

        int single = log.Collector.GetSnapshot().Count(record => record.Id.Id == 1030);
        Assert.InRange(single, 20, 20 + (2 * 61) + 1);
        FakeLogRecord sum = Assert.Single(log.Collector.GetSnapshot(), record => record.Id.Id == 1031);
        Assert.Matches("^(5899|5900)[0-9]{4} more packets", sum.Message);
    }

    private static ClusterState Cluster() => new ClusterBuilder().Space("x").Pod("x/a", 1).Pod("x/db", 2, "app=db")
        .Pod("x/c", 3, "app=c").Ingress("x/closed", "app=db").Egress("x/mute", "app=c").Build();

    private static DeniedPacket Packet(long sequence, int src, int dst, DropReason reason) => new(
        sequence,
        AtMs: 5,
        IpAddr.Parse(FormattableString.Invariant($"10.0.{src / 256}.{src % 256}")),
        ClusterBuilder.Address(IpFamily.V4, dst),
        6,
        (ushort)(1000 + (sequence % 1000)),
        80,
        reason);
}
