using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetPolNic.Agent.Observability;
using NetPolNic.Cluster.Sources;

namespace NetPolNic.Agent.Hosting;

/// <summary>
/// The agent's one apply loop, on a thread of its own: it alone drives the data plane and the resolver. Stopping takes no
/// more events and leaves the policy in force to whoever closes the data plane.
/// </summary>
internal sealed partial class ApplyLoop : IHostedService, IDisposable
{
    /// <summary>How often the loop shows that it is alive, with nothing to do.</summary>
    public static readonly TimeSpan BeatInterval = TimeSpan.FromSeconds(1);

    private readonly ClusterFeed _feed;
    private readonly IDataPlane _dataPlane;
    private readonly TimeProvider _time;
    private readonly ILogger<ApplyLoop> _logger;
    private readonly ApplyRounds _rounds;
    private readonly ConcurrentQueue<Question> _questions = new();
    private readonly AutoResetEvent _own = new(false);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _timer;
    private readonly Thread _thread;
    private long _beat;
    private volatile bool _stopping;
    private bool _started;

    /// <summary>Makes a loop; starts nothing.</summary>
    /// <param name="feed">Where changes come from; this loop is its reader.</param>
    /// <param name="dataPlane">What is driven; outlives the loop.</param>
    /// <param name="newResolver">Makes an empty resolver: the first, and one in place of one that failed.</param>
    /// <param name="time">Clock and timers.</param>
    /// <param name="logger">Log.</param>
    /// <param name="metrics">Instruments.</param>
    /// <param name="random">Numbers from 0 to below 1 that spread retries; null: the shared generator.</param>
    /// <param name="rechooseInterval">How often rules are chosen anew where not all fit; zero: never.</param>
    public ApplyLoop(
        ClusterFeed feed,
        IDataPlane dataPlane,
        Func<ISnapshotResolver> newResolver,
        TimeProvider time,
        ILogger<ApplyLoop> logger,
        ApplyMetrics metrics,
        Func<double>? random = null,
        TimeSpan rechooseInterval = default)
    {
        _feed = feed;
        _dataPlane = dataPlane;
        _time = time;
        _logger = logger;
        _rounds = new ApplyRounds(
            feed, dataPlane, newResolver, time, logger, metrics, random ?? Random.Shared.NextDouble, rechooseInterval);
        _beat = time.GetTimestamp();
        _timer = time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _thread = new Thread(Run) { Name = "npn-apply", IsBackground = true };
    }

    /// <summary>What the loop has achieved. Any thread.</summary>
    public AgentView View => _rounds.View with { Pending = _feed.PendingCount };

    /// <summary>How long ago the loop showed that it is alive; grows while one apply takes long. Any thread.</summary>
    public TimeSpan SinceBeat => _time.GetElapsedTime(Volatile.Read(ref _beat));

    /// <summary>
    /// Asks something that only the loop's thread may look at; it answers between two rounds. Any thread; an answer must
    /// not hold on to the data plane or the resolver.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled, or the loop has ended.</exception>
    public Task<T> AskAsync<T>(Func<AgentView, IDataPlane, ISnapshotResolver, T> question, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(question);
        TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        CancellationTokenRegistration registration = cancellation.Register(() => answer.TrySetCanceled(cancellation));
        _questions.Enqueue(new Question(
            () =>
            {
                registration.Dispose();
                if (answer.Task.IsCompleted)
                {
                    return;
                }

                try
                {
                    answer.TrySetResult(question(View, _dataPlane, _rounds.Resolver));
                }
                catch (Exception problem)
                {
                    answer.TrySetException(problem);
                }
            },
            () => answer.TrySetCanceled(CancellationToken.None)));
        if (_ended.Task.IsCompleted)
        {
            RefuseQuestions();
        }

        Wake();
        return answer.Task;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (EthPortInfo port in _dataPlane.Ports)
        {
            LogPort(port.Id, port.Device, port.Driver, port.FlowApi);
        }

        string lcores = string.Join(", ", _dataPlane.Loops.Select(status => status.Cpu?.ToString(CultureInfo.InvariantCulture) ?? "any"));
        LogLoops(lcores, _dataPlane.PollLoopCode);

        _started = true;
        _thread.Start();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!_stopping)
        {
            LogStopping();
            _rounds.Drain();
        }

        _stopping = true;
        Wake();
        if (_started)
        {
            try
            {
                await _ended.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                LogHanging();
                throw;
            }
        }
    }

    /// <summary>The loop's thread does not run (any more): the data plane may be closed. Any thread.</summary>
    public bool HasEnded => !_started || _ended.Task.IsCompleted;

    /// <summary>A thread that hangs keeps what it waits on: the process ends with it.</summary>
    public void Dispose()
    {
        if (!HasEnded)
        {
            return;
        }

        _timer.Dispose();
        _own.Dispose();
    }

    private void Wake()
    {
        try
        {
            _own.Set();
            _feed.Wake();
        }
        catch (ObjectDisposedException)
        {
            // A timer's last call may come after the end.
        }
    }

    private void Run()
    {
        while (!_stopping)
        {
            Volatile.Write(ref _beat, _time.GetTimestamp());

            // Only those that are there now: a stream of questions must not keep a policy waiting.
            for (int i = _questions.Count; i > 0 && !_stopping && _questions.TryDequeue(out Question? question); i--)
            {
                question.Answer();
            }

            if (_stopping)
            {
                break;
            }

            TimeSpan due = _rounds.Run();
            bool soon = due != Timeout.InfiniteTimeSpan && due < BeatInterval;
            _timer.Change(soon ? due : BeatInterval, Timeout.InfiniteTimeSpan);
            if (_rounds.IsHolding)
            {
                _own.WaitOne();
            }
            else
            {
                _feed.Wait();
            }
        }

        _ended.TrySetResult();
        RefuseQuestions();
    }

    private void RefuseQuestions()
    {
        while (_questions.TryDequeue(out Question? question))
        {
            question.Refuse();
        }
    }

    private sealed record Question(Action Answer, Action Refuse);

    [LoggerMessage(1000, LogLevel.Information, "Port {EthPortId} is {Device} ({Driver}, rules {FlowApi})")]
    private partial void LogPort(int ethPortId, string device, string driver, string flowApi);

    [LoggerMessage(1025, LogLevel.Information, "Poll loops run on lcores {Lcores}, {Code} code")]
    private partial void LogLoops(string lcores, string code);

    [LoggerMessage(1018, LogLevel.Error,
        "The apply loop hangs in the NIC's driver: ports and rules are left as they are, the process ends without closing them")]
    private partial void LogHanging();

    [LoggerMessage(1001, LogLevel.Information, "Stopping: ports close, nothing passes any more")]
    private partial void LogStopping();
}
