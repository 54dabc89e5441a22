using System.Globalization;
using Dpdk.Flow;

namespace DPDK.NET.Tests;

/// <summary>Calls of a port come one after the other.</summary>
public sealed class CallGateTests
{
    private const int Visits = 20_000;

    [Fact]
    public void Lets_one_thread_in_at_a_time()
    {
        CallGate gate = new();
        int inside = 0;
        int most = 0;
        int count = 0;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < Visits; i++)
            {
                using (gate.Enter())
                {
                    most = Math.Max(most, ++inside);
                    count++;
                    inside--;
                }
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.Equal((0, 1, 4 * Visits), (inside, most, count));
    }

    [Fact]
    public void Is_left_when_a_call_throws()
    {
        CallGate gate = new();
        Assert.Throws<FormatException>(() => _ = ParseInside(gate));
        Assert.Throws<FormatException>(() => _ = ParseInside(gate));
    }

    private static int ParseInside(CallGate gate)
    {
        using (gate.Enter())
        {
            return int.Parse("no", CultureInfo.InvariantCulture);
        }
    }
}
