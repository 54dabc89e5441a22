using Microsoft.Extensions.Time.Testing;
using NetPolNic.Agent.Hosting;

namespace NetPolNic.Agent.Tests.Hosting;

public sealed class LogBudgetTests
{
    [Fact]
    public void Writes_some_at_once_then_at_a_steady_rate_and_counts_the_rest()
    {
        FakeTimeProvider time = new();
        LogBudget budget = new(time, 3, 0.5);
        Assert.Equal([true, true, true, false, false], Enumerable.Range(0, 5).Select(_ => budget.TryTake(out long _)));

        time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(budget.TryTake(out _));
        time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True(budget.TryTake(out long suppressed));
        Assert.Equal(3, suppressed);
        Assert.Equal(0, budget.Suppressed);
    }
}
