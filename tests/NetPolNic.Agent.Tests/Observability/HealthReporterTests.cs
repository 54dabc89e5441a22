using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NetPolNic.Agent.Observability;
using NetPolNic.Agent.Tests.Hosting;

namespace NetPolNic.Agent.Tests.Observability;

[Collection(TestMeters.Collection)]
public sealed class HealthReporterTests
{
    [Fact]
    public async Task Feeds_the_watchdog_only_while_every_loop_lives()
    {
        using AgentRig rig = new();
        FakeSystemd systemd = new();
        FakeLogger<HealthReporter> log = new();
        using HealthReporter reporter = new(rig.Health, rig.Loop, systemd, new FakeLifetime(), rig.Time, log);
        await rig.StartAsync();
        reporter.Look();
        reporter.Look();
        Assert.Equal(2, systemd.Told.Count(told => told == "WATCHDOG=1"));

        rig.DataPlane.SincePoll = TimeSpan.FromMinutes(1);
        reporter.Look();
        reporter.Look();
        Assert.Equal(2, systemd.Told.Count(told => told == "WATCHDOG=1"));
        Assert.Single(log.Collector.GetSnapshot(), record => record.Level == LogLevel.Critical);

        rig.DataPlane.SincePoll = TimeSpan.Zero;
        reporter.Look();
        Assert.Equal(3, systemd.Told.Count(told => told == "WATCHDOG=1"));
    }

    [Fact]
    public async Task Tells_of_readiness_when_it_changes()
    {
        using AgentRig rig = new();
        FakeSystemd systemd = new();
        FakeLogger<HealthReporter> log = new();
        using HealthReporter reporter = new(rig.Health, rig.Loop, systemd, new FakeLifetime(), rig.Time, log);
        reporter.Look();
        await rig.StartAsync();
        reporter.Look();
        reporter.Look();
        rig.DataPlane.OnApply = _ => throw new InvalidOperationException("no luck");
        rig.Feed.Write(changes => changes.Put(ApplyRig.Pod(1)));
        await rig.SettleAsync();
        reporter.Look();

        Assert.Equal(
            [1023, 1022, 1023], log.Collector.GetSnapshot().Select(record => record.Id.Id));
        Assert.Equal(3, systemd.Told.Count(told => told.StartsWith("STATUS=", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("30000000", null, 30.0)]
    [InlineData("500000", "", 0.5)]
    [InlineData("500000", "1", null)]
    [InlineData("0", null, null)]
    [InlineData("-5", null, null)]
    [InlineData(null, null, null)]
    public void Reads_the_watchdogs_interval(string? usec, string? pid, double? seconds)
    {
        TimeSpan? interval = HealthReporter.WatchdogInterval(name => name == "WATCHDOG_USEC" ? usec : pid);

        Assert.Equal(seconds, interval?.TotalSeconds);
    }

    [Fact]
    public void Takes_its_own_process_id() => Assert.NotNull(HealthReporter.WatchdogInterval(
        name => name == "WATCHDOG_USEC" ? "1000000" : $"{Environment.ProcessId}"));
}
