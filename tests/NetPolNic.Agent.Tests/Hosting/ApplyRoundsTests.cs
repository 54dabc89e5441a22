using Dpdk.Flow;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using NetPolNic.Agent.Hosting;
using NetPolNic.Agent.Observability;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Tests.Hosting;

[Collection(TestMeters.Collection)]
public sealed class ApplyRoundsTests
{
    [Fact]
    public void Nothing_is_applied_before_every_kind_was_read()
    {
        using ApplyRig rig = new();
        rig.Put(1);

        Assert.Equal(Timeout.InfiniteTimeSpan, rig.Rounds.Run());

        Assert.Equal(0, rig.DataPlane.ApplyCalls);
        Assert.False(rig.Rounds.View.IsInForce);
        Assert.Contains("waiting for the first complete list", rig.Rounds.View.Missing[0], StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_cluster_is_a_policy()
    {
        using ApplyRig rig = new();
        rig.Feed.MarkSynced();

        rig.Rounds.Run();

        Assert.Empty(Assert.Single(rig.DataPlane.Applied).Endpoints);
        Assert.True(rig.Rounds.View.IsInForce);
    }

    [Fact]
    public void A_single_event_is_applied_at_once()
    {
        using ApplyRig rig = new();
        rig.Start();
        for (int i = 2; i < 6; i++)
        {
            rig.Put(i);

            Assert.Equal(Timeout.InfiniteTimeSpan, rig.Rounds.Run());

            Assert.Equal(i, rig.DataPlane.Applied.Count);
            Assert.Equal(i, rig.Rounds.View.Generation);
            Assert.Equal(i, rig.DataPlane.Applied[^1].Endpoints.Length);
        }
    }

    [Fact]
    public void A_change_that_means_nothing_is_not_applied()
    {
        using ApplyRig rig = new();
        rig.Start();
        rig.Put(1, "app=other");

        rig.Rounds.Run();

        Assert.Equal(1, rig.DataPlane.ApplyCalls);
        Assert.True(rig.Rounds.View.IsInForce);
    }

    [Fact]
    public void A_storm_becomes_few_applies_and_its_end_is_in_force()
    {
        const int Events = 1000;
        using ApplyRig rig = new();
        rig.Start();
        int written = 0;
        rig.DataPlane.OnApply = _ => PassTime(10);
        Write();
        for (int i = 0; i < Events && (written < Events || rig.Feed.PendingCount > 0); i++)
        {
            TimeSpan wait = rig.Rounds.Run();
            PassTime(wait == Timeout.InfiniteTimeSpan ? 0 : (int)(wait.TotalMilliseconds * 10));
        }

        Assert.Equal(Events, written);
        Assert.InRange(rig.DataPlane.ApplyCalls, 2, Events / 20);
        Assert.Contains(rig.DataPlane.Applied[^1].Endpoints, endpoint => endpoint.ExemptPeers.Contains(NodeOf(Events)));

        // One event each 100 µs, for as long as there are some.
        void PassTime(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                rig.Time.Advance(TimeSpan.FromMicroseconds(100));
                Write();
            }
        }

        void Write()
        {
            if (written < Events)
            {
                written++;
                rig.Feed.Write(changes => changes.Put(ApplyRig.Pod(2 + (written % 50)) with { NodeAddresses = [NodeOf(written)] }));
            }
        }

        // An event is a pod that moves to another node address: that changes its endpoint.
        static IpAddr NodeOf(int step) => IpAddr.Parse(FormattableString.Invariant($"10.1.{step / 250}.{step % 250}"));
    }

    [Fact]
    public void A_failed_apply_keeps_the_last_policy_and_is_tried_again_ever_later()
    {
        using ApplyRig rig = new();
        rig.Start();
        rig.DataPlane.OnApply = _ => throw new InvalidOperationException("no luck");
        rig.Put(2);
        List<double> waits = [];
        TimeSpan wait = rig.Rounds.Run();
        for (int i = 0; i < 8; i++)
        {
            waits.Add(wait.TotalMilliseconds);
            int calls = rig.DataPlane.ApplyCalls;
            rig.Time.Advance(wait - TimeSpan.FromMilliseconds(1));
            rig.Rounds.Run();
            Assert.Equal(calls, rig.DataPlane.ApplyCalls);
            rig.Time.Advance(TimeSpan.FromMilliseconds(1));
            wait = rig.Rounds.Run();
            Assert.Equal(calls + 1, rig.DataPlane.ApplyCalls);
        }

        Assert.Equal([100, 200, 400, 800, 1600, 3200, 5000, 5000], waits);
        AgentView view = rig.Rounds.View;
        Assert.Equal((1, 2), (view.Generation, view.Desired.Generation));
        Assert.False(view.IsInForce);
        Assert.Equal("no luck", view.LastError);

        rig.DataPlane.OnApply = null;
        rig.Time.Advance(wait);
        Assert.Equal(Timeout.InfiniteTimeSpan, rig.Rounds.Run());
        Assert.Equal(2, rig.Rounds.View.Generation);
        Assert.True(rig.Rounds.View.IsInForce);
    }

    [Fact]
    public void Events_during_a_failure_wait_for_the_next_try_and_are_not_lost()
    {
        using ApplyRig rig = new();
        rig.Start();
        rig.DataPlane.OnApply = _ => throw new InvalidOperationException("no luck");
        rig.Put(2);
        rig.Rounds.Run();
        for (int i = 3; i < 40; i++)
        {
            rig.Put(i);
            Assert.Equal(100, rig.Rounds.Run().TotalMilliseconds); // No busy loop.
        }

        Assert.Equal(2, rig.DataPlane.ApplyCalls);
        rig.DataPlane.OnApply = null;
        rig.RunUntilIdle();
        Assert.Equal(39, rig.DataPlane.Applied[^1].Endpoints.Length);
        Assert.Equal(3, rig.DataPlane.ApplyCalls);
    }

    [Theory]
    [InlineData(RejectReason.Busy)]
    [InlineData(RejectReason.TableFull)]
    [InlineData(RejectReason.Other)]
    public void A_refused_rule_is_asked_for_again_ever_later_and_the_policy_is_in_force(RejectReason reason)
    {
        using ApplyRig rig = new();
        rig.DataPlane.Report = FakeDataPlane.Answer(refused: [FakeDataPlane.Refusal(reason)]);
        rig.Start();
        Assert.True(rig.Rounds.View.IsInForce);

        List<TimeSpan> waits = rig.RunUntilIdle(12);

        Assert.Equal([0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300], waits.Select(wait => wait.TotalSeconds));
        Assert.Equal(1, rig.DataPlane.ApplyCalls);
        rig.DataPlane.Report = FakeDataPlane.Answer();
        rig.RunUntilIdle();
        Assert.Null(rig.Rounds.View.RetryAt);
        Assert.Equal(0, rig.Rounds.View.Attempts);
    }

    [Theory]
    [InlineData(RejectReason.Unsupported)]
    [InlineData(RejectReason.Invalid)]
    public void A_rule_that_the_driver_cannot_express_is_not_asked_for_again(RejectReason reason)
    {
        using ApplyRig rig = new();
        rig.DataPlane.Report = FakeDataPlane.Answer(refused: [FakeDataPlane.Refusal(reason)]);
        rig.Start();

        Assert.Empty(rig.RunUntilIdle());
        Assert.Equal(0, rig.DataPlane.RetryCalls);
        Assert.Equal(1, rig.Rounds.View.Outcome!.RefusedCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stuck_rule_spoils_the_policy_unless_a_punt_stands_before_it(bool neutralised)
    {
        using ApplyRig rig = new();
        rig.DataPlane.Report = FakeDataPlane.Answer(stuck: [FakeDataPlane.Stuck(neutralised)]);
        rig.Start();

        Assert.Equal(neutralised, rig.Rounds.View.IsInForce);
        Assert.NotNull(rig.Rounds.View.RetryAt);
    }

    [Fact]
    public void A_retry_that_throws_is_a_failed_round_and_the_policy_is_applied_anew()
    {
        using ApplyRig rig = new();
        rig.DataPlane.Report = FakeDataPlane.Answer(refused: [FakeDataPlane.Refusal(RejectReason.Busy)]);
        rig.DataPlane.OnRetry = () => throw new InvalidOperationException("no luck");
        rig.Start();
        rig.Time.Advance(TimeSpan.FromSeconds(1));

        TimeSpan wait = rig.Rounds.Run();

        Assert.Equal("no luck", rig.Rounds.View.LastError);
        rig.DataPlane.Report = FakeDataPlane.Answer();
        rig.Time.Advance(wait);
        rig.Rounds.Run();
        Assert.Equal(2, rig.DataPlane.ApplyCalls);
        Assert.True(rig.Rounds.View.IsInForce);
    }

    [Fact]
    public void A_resolver_that_fails_is_replaced_by_one_with_its_objects_and_generations_go_on()
    {
        bool broken = false;
        ApplyRig? used = null;
        using ApplyRig rig = new(resolver => broken && ReferenceEquals(resolver, used!.Resolvers[0]));
        used = rig;
        rig.Start();
        rig.Put(2);
        rig.Rounds.Run();
        broken = true;
        rig.Put(3);

        rig.Rounds.Run();

        Assert.Equal(2, rig.Resolvers.Count);
        Assert.Equal([1, 2, 3], rig.DataPlane.Applied.Select(snapshot => snapshot.Generation));
        Assert.Equal(3, rig.DataPlane.Applied[^1].Endpoints.Length);
        Assert.True(rig.Rounds.View.IsInForce);
        rig.Put(4);
        rig.Rounds.Run();
        Assert.Equal(4, rig.Rounds.View.Generation);
    }

    [Fact]
    public void Resolvers_that_all_fail_leave_the_last_policy_and_lose_no_change()
    {
        bool broken = false;
        using ApplyRig rig = new(_ => broken);
        rig.Start();
        broken = true;
        rig.Put(2);
        TimeSpan wait = rig.Rounds.Run();
        Assert.Equal(100, wait.TotalMilliseconds);
        rig.Put(3);
        Assert.Equal(1, rig.DataPlane.ApplyCalls);
        Assert.Equal(1, rig.Rounds.View.Generation);
        Assert.False(rig.Rounds.View.IsInForce);

        broken = false;
        rig.RunUntilIdle();

        Assert.Equal(3, rig.DataPlane.Applied[^1].Endpoints.Length);
        Assert.True(rig.Rounds.View.IsInForce);
        Assert.True(rig.Rounds.View.Generation > 1);
    }

    [Fact]
    public void The_time_from_event_to_force_begins_with_the_oldest_event()
    {
        using ApplyRig rig = new();
        using MetricCollector<double> times = new(rig.Meters.Factory, AgentMeter.Name, "netpolnic.event.to.in_force");
        using MetricCollector<long> batches = new(rig.Meters.Factory, AgentMeter.Name, "netpolnic.apply.batch.size");
        using MetricCollector<long> failures = new(rig.Meters.Factory, AgentMeter.Name, "netpolnic.apply.failures");
        rig.Start();
        rig.Put(2);
        rig.Time.Advance(TimeSpan.FromMilliseconds(3));
        rig.Put(3);
        rig.DataPlane.OnApply = _ =>
        {
            rig.Time.Advance(TimeSpan.FromMilliseconds(2));
            rig.DataPlane.OnApply = null;
            throw new InvalidOperationException("no luck");
        };

        TimeSpan wait = rig.Rounds.Run();
        rig.Time.Advance(wait);
        rig.Rounds.Run();

        Assert.Equal(5 + wait.TotalMilliseconds, times.LastMeasurement!.Value * 1000, 6);
        Assert.Equal(2, batches.LastMeasurement!.Value);
        Assert.Equal(1, failures.GetMeasurementSnapshot().EvaluateAsCounter());
    }

    [Fact]
    public void Warnings_are_logged_once_each()
    {
        using ApplyRig rig = new();
        rig.Start();
        rig.Feed.Write(changes => changes.Put(ApplyRig.Pod(1) with { Uid = "twin", Name = "twin" }));
        rig.Rounds.Run();
        rig.Put(2);
        rig.Rounds.Run();

        Assert.Equal(2, rig.Log.Collector.GetSnapshot().Count(record =>
            record.Id.Id == 1005 && record.Message.Contains("is claimed by", StringComparison.Ordinal)));
    }
}
