namespace NetPolNic.Cluster.Api;

/// <summary>
/// Waits between tries: they double from the minimum to the maximum, each spread over half to one and a half times its
/// length so that the nodes of a cluster do not come back all at once. One thread.
/// </summary>
/// <param name="minimum">First wait.</param>
/// <param name="maximum">Longest wait, before spreading.</param>
/// <param name="random">Spreads; 0 to 1.</param>
internal sealed class WatchBackoff(TimeSpan minimum, TimeSpan maximum, Func<double> random)
{
    private TimeSpan _last;

    /// <summary>The next wait.</summary>
    public TimeSpan Next()
    {
        TimeSpan doubled = _last * 2;
        _last = doubled < minimum ? minimum : doubled < maximum ? doubled : maximum;
        return _last * (0.5 + random());
    }

    /// <summary>All is well: the next wait is the first again.</summary>
    public void Reset() => _last = TimeSpan.Zero;
}
