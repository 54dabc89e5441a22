using NetPolNic.Agent.Tests.Hosting;
using NetPolNic.Cluster.Sources;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Agent.Tests.Observability;

[Collection(TestMeters.Collection)]
public sealed class AgentHealthTests
{
    [Fact]
    public void Before_the_first_lists_it_says_which_are_missing()
    {
        using AgentRig rig = new();
        rig.Source.Health =
        [
            new ReflectorHealth("pods", ReflectorPhase.BackingOff, 0, "", 0, 0, 3, null, "connection refused"),
            new ReflectorHealth("namespaces", ReflectorPhase.Watching, 3, "7", 0, 1, 0, null, null),
        ];

        Assert.Contains("waiting for pods list: connection refused", rig.Health.NotReady());
        Assert.DoesNotContain(rig.Health.NotReady(), missing => missing.Contains("namespaces", StringComparison.Ordinal));
        Assert.Empty(rig.Health.NotAlive());
    }

    [Fact]
    public async Task Is_ready_while_the_policy_is_in_force()
    {
        using AgentRig rig = new();
        await rig.StartAsync();

        Assert.Empty(rig.Health.NotReady());
    }

    [Fact]
    public async Task Is_not_ready_while_a_newer_policy_cannot_be_put_in_force()
    {
        using AgentRig rig = new();
        await rig.StartAsync();
        rig.DataPlane.OnApply = _ => throw new InvalidOperationException("no luck");
        rig.Feed.Write(changes => changes.Put(ApplyRig.Pod(1)));
        await rig.SettleAsync();

        Assert.Contains(rig.Health.NotReady(), missing => missing.Contains("no luck", StringComparison.Ordinal));
        Assert.Empty(rig.Health.NotAlive());
    }

    [Fact]
    public async Task Is_dead_when_the_poll_loop_has_ended_or_hangs()
    {
        using AgentRig rig = new();
        await rig.StartAsync();
        rig.DataPlane.SincePoll = TimeSpan.FromSeconds(11);
        Assert.Contains("poll loop hangs", Assert.Single(rig.Health.NotAlive()), StringComparison.Ordinal);

        rig.DataPlane.SincePoll = TimeSpan.Zero;
        rig.DataPlane.Fault = new InvalidOperationException("by the test");
        rig.DataPlane.State = WorkerState.Stopped;
        Assert.Contains("by the test", Assert.Single(rig.Health.NotAlive()), StringComparison.Ordinal);
        Assert.NotEmpty(rig.Health.NotReady());
    }

    [Fact]
    public async Task Names_the_lcore_of_the_poll_loop_that_hangs_and_for_how_long()
    {
        using AgentRig rig = new();
        await rig.StartAsync();
        rig.DataPlane.MoreLoops.Add(new PollLoopStatus(1, 3, WorkerState.Running, TimeSpan.FromSeconds(9), 0, null));
        Assert.Empty(rig.Health.NotAlive());
        rig.DataPlane.MoreLoops.Add(new PollLoopStatus(2, 5, WorkerState.Running, TimeSpan.FromSeconds(12), 0, null));
        Assert.Equal("the poll loop on lcore 5 hangs since 12 s", Assert.Single(rig.Health.NotAlive()));
        rig.DataPlane.MoreLoops[1] = rig.DataPlane.MoreLoops[1] with { Fault = new InvalidOperationException("by the test") };
        Assert.Equal("the poll loop on lcore 5 has ended: by the test", Assert.Single(rig.Health.NotAlive()));
    }

    [Fact]
    public async Task Is_dead_when_the_apply_loop_hangs_and_alive_again_after_it()
    {
        using AgentRig rig = new();
        using ManualResetEventSlim gate = new();
        using SemaphoreSlim entered = new(0);
        await rig.StartAsync();
        rig.DataPlane.OnApply = _ =>
        {
            entered.Release();
            gate.Wait();
        };
        rig.Feed.Write(changes => changes.Put(ApplyRig.Pod(1)));
        Assert.True(await entered.WaitAsync(AgentRig.Patience));
        rig.Time.Advance(TimeSpan.FromSeconds(61));

        Assert.Contains("apply loop hangs since 61 s", Assert.Single(rig.Health.NotAlive()), StringComparison.Ordinal);
        gate.Set();
        await rig.SettleAsync();
        Assert.Empty(rig.Health.NotAlive());
    }
}
