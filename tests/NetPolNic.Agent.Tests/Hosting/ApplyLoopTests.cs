using Microsoft.Extensions.Logging.Abstractions;
using NetPolNic.Agent.Hosting;
using NetPolNic.Agent.Observability;
using NetPolNic.Cluster.Sources;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Tests.Hosting;

/// <summary>The loop with its thread, on the real clock; nothing depends on how fast it is.</summary>
[Collection(TestMeters.Collection)]
public sealed class ApplyLoopTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly TestMeters _meters = new();
    private readonly ClusterFeed _feed = new(TimeProvider.System);
    private readonly FakeDataPlane _dataPlane = new();
    private readonly SemaphoreSlim _applied = new(0);
    private readonly ApplyLoop _loop;

    public ApplyLoopTests()
    {
        _dataPlane.OnApply = _ => _applied.Release();
        _loop = new ApplyLoop(
            _feed,
            _dataPlane,
            () => new SnapshotResolver(IsolationMode.Auto, null),
            TimeProvider.System,
            NullLogger<ApplyLoop>.Instance,
            new ApplyMetrics(_meters.Factory));
    }

    [Fact]
    public async Task Applies_each_event_without_being_asked()
    {
        await _loop.StartAsync(default);
        _feed.MarkSynced();
        Assert.True(await _applied.WaitAsync(s_patience));
        for (int i = 1; i < 20; i++)
        {
            _feed.Write(changes => changes.Put(ApplyRig.Pod(i)));
            Assert.True(await _applied.WaitAsync(s_patience));
        }

        await _loop.StopAsync(default);
        Assert.Equal(20, _loop.View.Generation);
        Assert.Equal(0, _loop.View.Pending);
    }

    [Fact]
    public async Task Has_not_ended_while_an_apply_hangs()
    {
        using ManualResetEventSlim hang = new(false);
        _dataPlane.OnApply = _ =>
        {
            _applied.Release();
            hang.Wait(s_patience);
        };
        Assert.True(_loop.HasEnded);
        await _loop.StartAsync(default);
        _feed.MarkSynced();
        Assert.True(await _applied.WaitAsync(s_patience));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _loop.StopAsync(new CancellationToken(true)));
        Assert.False(_loop.HasEnded);

        hang.Set();
        await _loop.StopAsync(default);
        Assert.True(_loop.HasEnded);
    }

    [Fact]
    public async Task Answers_questions_on_its_own_thread_between_rounds()
    {
        await _loop.StartAsync(default);
        _feed.Write(changes => changes.Put(ApplyRig.Pod(1)));
        _feed.MarkSynced();
        Assert.True(await _applied.WaitAsync(s_patience));

        (string? name, long generation, int pods) = await _loop.AskAsync(
            (view, _, resolver) => (Thread.CurrentThread.Name, view.Generation, resolver.ToState().Pods.Length),
            default).WaitAsync(s_patience);

        Assert.Equal(("npn-apply", 1, 1), (name, generation, pods));
        await _loop.StopAsync(default);
    }

    [Fact]
    public async Task A_question_that_throws_is_the_askers_problem()
    {
        await _loop.StartAsync(default);

        await Assert.ThrowsAsync<InvalidDataException>(() => _loop.AskAsync<int>(
            (_, _, _) => throw new InvalidDataException("by the test"), default).WaitAsync(s_patience));
        Assert.Equal(5, await _loop.AskAsync((_, _, _) => 5, default).WaitAsync(s_patience));
        await _loop.StopAsync(default);
    }

    [Fact]
    public async Task A_question_to_a_loop_that_has_ended_is_cancelled()
    {
        await _loop.StartAsync(default);
        await _loop.StopAsync(default);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _loop.AskAsync((_, _, _) => 5, default).WaitAsync(s_patience));
    }

    [Fact]
    public async Task A_question_waits_no_longer_than_its_asker()
    {
        using ManualResetEventSlim gate = new();
        using SemaphoreSlim entered = new(0);
        _dataPlane.OnApply = _ =>
        {
            entered.Release();
            gate.Wait();
        };
        await _loop.StartAsync(default);
        _feed.MarkSynced();
        Assert.True(await entered.WaitAsync(s_patience));
        using CancellationTokenSource given = new();
        Task<int> question = _loop.AskAsync((_, _, _) => 5, given.Token);
        Assert.False(question.IsCompleted);
        await given.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => question.WaitAsync(s_patience));
        gate.Set();
        await _loop.StopAsync(default);
    }

    [Fact]
    public async Task Draining_takes_no_more_events_and_is_not_ready()
    {
        await _loop.StartAsync(default);
        _feed.MarkSynced();
        Assert.True(await _applied.WaitAsync(s_patience));
        await _loop.StopAsync(default);
        _feed.Write(changes => changes.Put(ApplyRig.Pod(1)));

        Assert.Equal(1, _loop.View.Generation);
        Assert.Equal(1, _loop.View.Pending);
        Assert.Equal(["stopping"], _loop.View.Missing);
    }

    [Fact]
    public async Task A_failing_data_plane_does_not_end_the_loop()
    {
        int calls = 0;
        _dataPlane.OnApply = _ =>
        {
            if (++calls < 3)
            {
                throw new InvalidOperationException("no luck");
            }

            _applied.Release();
        };
        await _loop.StartAsync(default);
        _feed.MarkSynced();

        Assert.True(await _applied.WaitAsync(s_patience));
        Assert.True(await _loop.AskAsync((view, _, _) => view.IsInForce, default).WaitAsync(s_patience));
        await _loop.StopAsync(default);
    }

    public void Dispose()
    {
        _loop.Dispose();
        _feed.Dispose();
        _meters.Dispose();
        _applied.Dispose();
    }
}
