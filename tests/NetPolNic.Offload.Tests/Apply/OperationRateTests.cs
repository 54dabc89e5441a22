using NetPolNic.Offload.Apply;

namespace NetPolNic.Offload.Tests.Apply;

public sealed class OperationRateTests
{
    private readonly HandTime _time = new();
    private readonly OperationRate _rate;

    public OperationRateTests() => _rate = new OperationRate(1000, _time);

    [Fact]
    public void Has_room_for_a_second_s_worth_at_once_and_no_more()
    {
        _rate.Spend(999);
        Assert.True(_rate.HasRoom);
        _rate.Spend(1);
        Assert.False(_rate.HasRoom);
    }

    [Fact]
    public void Makes_up_for_what_an_update_took()
    {
        _rate.Spend(3000);
        Assert.Equal(2001, _rate.Wait.TotalMilliseconds, 3);
        _time.Advance(TimeSpan.FromMilliseconds(1999));
        Assert.False(_rate.HasRoom);
        _time.Advance(TimeSpan.FromMilliseconds(2));
        Assert.True(_rate.HasRoom);
    }

    [Fact]
    public void Makes_up_for_ten_seconds_at_most_and_saves_up_one()
    {
        _rate.Spend(1_000_000);
        _time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.True(_rate.HasRoom);
        _time.Advance(TimeSpan.FromHours(1));
        _rate.Spend(1001);
        Assert.False(_rate.HasRoom);
    }

    private sealed class HandTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        internal void Advance(TimeSpan by) => _now += by.Ticks;
    }
}
