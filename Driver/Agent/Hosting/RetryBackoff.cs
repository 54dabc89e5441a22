namespace NetPolNic.Agent.Hosting;

/// <summary>
/// Waiting times that double from one attempt to the next, each shortened at random by up to a fifth so that many nodes
/// do not ask at the same moment. Not safe for concurrent use.
/// </summary>
/// <param name="first">The first waiting time.</param>
/// <param name="longest">The longest one.</param>
/// <param name="random">Gives numbers from 0 to below 1.</param>
internal sealed class RetryBackoff(TimeSpan first, TimeSpan longest, Func<double> random)
{
    private const double Jitter = 0.2;

    /// <summary>Attempts since the last <see cref="Reset"/>.</summary>
    public int Attempts { get; private set; }

    /// <summary>How long to wait before the next attempt.</summary>
    public TimeSpan Next()
    {
        double full = Math.Min(first.TotalSeconds * Math.Pow(2, Attempts), longest.TotalSeconds);
        Attempts++;
        return TimeSpan.FromSeconds(full * (1 - (Jitter * random())));
    }

    /// <summary>All is well: begins with the first waiting time again.</summary>
    public void Reset() => Attempts = 0;
}
