using System.Diagnostics;
using NetPolNic.Fallback.Tests.Rig;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback.Tests.Worker;

/// <summary>The histogram of a loop's rounds.</summary>
[Collection(nameof(DpdkTests))]
public sealed class RoundTimesTests(DpdkFixture dpdk)
{
    [Fact]
    public void Each_time_is_in_the_bucket_that_ends_at_or_a_sixteenth_above_it()
    {
        Random random = new(3);
        for (int i = 0; i < 20_000; i++)
        {
            long ticks = random.NextInt64(1L << random.Next(1, 60));
            int bucket = RoundTimes.BucketOf(ticks);
            Assert.InRange(RoundTimes.UpperEndOf(bucket), ticks, ticks + (ticks / 16));
            Assert.True(bucket == 0 || RoundTimes.UpperEndOf(bucket - 1) < ticks);
        }
    }

    [Fact]
    public void A_loop_measures_its_rounds_only_when_asked()
    {
        using SwitchRig silent = new(dpdk);
        Assert.Throws<InvalidOperationException>(() => silent.DataPath.ReadRounds(0.5));
        using SwitchRig rig = new(dpdk, Native.Small with { MeasuresRounds = true, IdlePollsBeforeWait = 0 }, hasClock: false);
        long start = Stopwatch.GetTimestamp();
        rig.DataPath.Start();
        Assert.True(SpinWait.SpinUntil(() => rig.Counters.Polls > 10_000, 20_000));
        rig.DataPath.Stop();
        double passedUs = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        RoundSummary rounds = rig.DataPath.ReadRounds(0.5, 0.99, 1);
        Assert.Equal((long)rig.Counters.Polls - 1, rounds.Rounds);
        Assert.InRange(rounds.Microseconds[0], 0, rounds.Microseconds[1]);
        Assert.InRange(rounds.Microseconds[1], 0, rounds.Microseconds[2]);
        Assert.Equal(rounds.MaxMicroseconds, rounds.Microseconds[2]);
        Assert.InRange(rounds.MaxMicroseconds, 0, passedUs);
        Assert.Equal(0, rig.DataPath.CountRoundsAbove(passedUs));
    }
}
