using NetPolNic.Agent.Hosting;

namespace NetPolNic.Agent.Tests.Hosting;

public sealed class RetryBackoffTests
{
    [Theory]
    [InlineData(0.0, new[] { 1.0, 2, 4, 5, 5 })]
    [InlineData(0.5, new[] { 0.9, 1.8, 3.6, 4.5, 4.5 })]
    [InlineData(0.999999, new[] { 0.8, 1.6, 3.2, 4.0, 4.0 })]
    public void Doubles_up_to_the_longest_and_shortens_by_up_to_a_fifth(double random, double[] expected)
    {
        RetryBackoff backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), () => random);

        Assert.All(expected, seconds => Assert.Equal(seconds, backoff.Next().TotalSeconds, 3));
        Assert.Equal(expected.Length, backoff.Attempts);
        backoff.Reset();
        Assert.Equal(expected[0], backoff.Next().TotalSeconds, 3);
    }

    [Fact]
    public void Never_overflows()
    {
        RetryBackoff backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), () => 0);
        for (int i = 0; i < 5000; i++)
        {
            Assert.True(backoff.Next() <= TimeSpan.FromMinutes(5));
        }
    }
}
