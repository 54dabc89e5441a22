namespace NetPolNic.Benches.LineRate;

/// <summary>RFC 2544, 26.1: the highest rate at which no frame is lost, by binary search; the answer is confirmed by a trial.</summary>
internal static class ThroughputSearch
{
    /// <summary>More than this no device of the rig forwards: the search's first upper bound.</summary>
    private const double MostPps = 40e6;

    /// <summary>The last trial without loss; null where frames are lost at every rate.</summary>
    internal static TrialResult? Run(Generator generator, LineRateOptions options, int size)
    {
        // What comes out when too much is offered is about the upper bound.
        TrialResult flood = generator.Offer(MostPps, size, options.TrialSec / 2);
        double high = Math.Max(flood.ReceivedPps * 1.25, 1000);
        double low = 0;
        TrialResult? best = null;
        while (high - low > high * options.Resolution)
        {
            double rate = (low + high) / 2;
            TrialResult trial = Attempt(generator, options, size, rate);
            if (trial.LossPpm <= options.LossPpm)
            {
                low = rate;
                best = Copy(trial);
            }
            else
            {
                high = rate;
            }

            if (high < 1000)
            {
                return null;
            }
        }

        return best;
    }

    // On a shared machine a trial in which the generator itself stood still says nothing about the device: once more.
    private static TrialResult Attempt(Generator generator, LineRateOptions options, int size, double rate)
    {
        TrialResult trial = generator.Offer(rate, size, options.TrialSec);
        for (int again = 0; again < 2 && trial.LossPpm > options.LossPpm && trial.Late > 0; again++)
        {
            trial = generator.Offer(rate, size, options.TrialSec);
        }

        return trial;
    }

    private static TrialResult Copy(TrialResult trial)
    {
        LatencyHistogram latency = new();
        latency.Take(trial.Latency);
        return trial with { Latency = latency };
    }
}
