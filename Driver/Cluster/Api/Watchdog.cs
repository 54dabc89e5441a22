namespace NetPolNic.Cluster.Api;

/// <summary>Cancels what has shown no life for too long.</summary>
internal sealed class Watchdog : IDisposable
{
    private readonly CancellationTokenSource _cancellation;
    private readonly ITimer _timer;
    private readonly TimeSpan _bound;
    private volatile bool _hasBitten;

    public Watchdog(TimeSpan bound, TimeProvider time, CancellationToken cancellation)
    {
        _bound = bound;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _timer = time.CreateTimer(static state => ((Watchdog)state!).Bite(), this, bound, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled from outside, or because there was no life.</summary>
    public CancellationToken Token => _cancellation.Token;

    /// <summary>Whether there was no life for too long.</summary>
    public bool HasBitten => _hasBitten;

    /// <summary>There is life.</summary>
    public void Feed() => _timer.Change(_bound, Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _timer.Dispose();
        _cancellation.Dispose();
    }

    private void Bite()
    {
        _hasBitten = true;
        try
        {
            _cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The timer was on its way when the request ended.
        }
    }
}
