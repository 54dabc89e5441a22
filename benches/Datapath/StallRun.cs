using System.Globalization;
using NetPolNic.Benches.Datapath.Contestants;
using NetPolNic.Benches.Datapath.Loop;
using NetPolNic.Benches.Datapath.Traffic;

namespace NetPolNic.Benches.Datapath;

/// <summary>
/// The loop at seven tenths of its highest rate while snapshots are swapped and the same process allocates. Packets arrive by
/// the clock into a queue as long as a NIC's (peers/paced.c): what the loop is late for is lost.
/// </summary>
internal sealed class StallRun(ContestantFactory factory, DataPathOptions options)
{
    private const double ShareOfMaximum = 0.7;
    private const int SwapsPerSecond = 1000;
    private const long BytesPerSecond = 500_000_000;

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_short = TimeSpan.FromSeconds(2);

    /// <summary>Measures.</summary>
    public async Task<StallResult> RunAsync(Workload workload, TrafficFiles traffic)
    {
        Standstill standstill = Standstill.Measure(options.Cpu, s_warmUp);
        LineContestant loop = await factory.StartLoopAsync(workload, traffic, isPaced: true).ConfigureAwait(false);
        await using (loop.ConfigureAwait(false))
        {
            await Task.Delay(s_warmUp).ConfigureAwait(false);
            Reading before = await loop.ReadAsync().ConfigureAwait(false);
            await Task.Delay(s_short).ConfigureAwait(false);
            Sample fastest = Sample.Between(before, await loop.ReadAsync().ConfigureAwait(false));
            double pps = ShareOfMaximum * fastest.Packets / fastest.Seconds;
            RoundTimes quiet = await PacedAsync(loop, pps, s_short).ConfigureAwait(false);
            Reading start = await loop.ReadAsync().ConfigureAwait(false);
            await loop.AskAsync<ChurnReport>(string.Create(
                CultureInfo.InvariantCulture, $"churn {SwapsPerSecond} {BytesPerSecond}")).ConfigureAwait(false);
            RoundTimes rounds = await PacedAsync(loop, pps, TimeSpan.FromSeconds(options.StallSeconds)).ConfigureAwait(false);
            ChurnReport churn = await loop.AskAsync<ChurnReport>("calm").ConfigureAwait(false);
            Sample whole = Sample.Between(start, await loop.ReadAsync().ConfigureAwait(false));
            return new StallResult(pps, quiet, rounds, churn, standstill, whole.DroppedShare);
        }
    }

    private static async Task<RoundTimes> PacedAsync(LineContestant loop, double pps, TimeSpan time)
    {
        await loop.AskAsync<RoundTimes>(string.Create(CultureInfo.InvariantCulture, $"pace {pps:F0}")).ConfigureAwait(false);
        await Task.Delay(time).ConfigureAwait(false);
        return await loop.AskAsync<RoundTimes>("rounds").ConfigureAwait(false);
    }
}
