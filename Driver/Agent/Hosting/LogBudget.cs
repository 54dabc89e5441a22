namespace NetPolNic.Agent.Hosting;

/// <summary>
/// How often a log record that may come in storms is written: some at once, then at a steady rate. Counts what it holds
/// back. Not safe for concurrent use.
/// </summary>
/// <param name="time">Clock.</param>
/// <param name="burst">Records at once.</param>
/// <param name="perSecond">Records a second after that.</param>
internal sealed class LogBudget(TimeProvider time, int burst, double perSecond)
{
    private double _tokens = burst;
    private long _filledAt = time.GetTimestamp();

    /// <summary>Records held back since the last one that was written.</summary>
    public long Suppressed { get; private set; }

    /// <summary>Whether to write a record now; if so, <paramref name="suppressed"/> were held back before it.</summary>
    public bool TryTake(out long suppressed)
    {
        long now = time.GetTimestamp();
        _tokens = Math.Min(burst, _tokens + (time.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond));
        _filledAt = now;
        suppressed = Suppressed;
        if (_tokens < 1)
        {
            Suppressed++;
            return false;
        }

        _tokens--;
        Suppressed = 0;
        return true;
    }
}
