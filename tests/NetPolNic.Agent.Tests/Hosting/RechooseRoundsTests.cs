using NetPolNic.Agent.Hosting;

namespace NetPolNic.Agent.Tests.Hosting;

[Collection(TestMeters.Collection)]
public sealed class RechooseRoundsTests
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);

    [Fact]
    public void Traffic_is_looked_at_at_each_interval_once_a_policy_is_in_force()
    {
        using ApplyRig rig = new(rechooseInterval: s_interval);
        rig.Rounds.Run();
        rig.Time.Advance(s_interval);
        rig.Rounds.Run();
        Assert.Empty(rig.DataPlane.Rechosen);

        rig.Start();
        for (int i = 0; i < 6; i++)
        {
            Assert.InRange(rig.Rounds.Run(), TimeSpan.FromMilliseconds(1), s_interval);
            rig.Time.Advance(s_interval / 2);
        }

        Assert.InRange(rig.DataPlane.Rechosen.Count, 3, 4);
        Assert.All(rig.DataPlane.Rechosen.Skip(1), since => Assert.Equal(s_interval, since));
    }

    [Fact]
    public void What_a_choice_led_to_is_in_the_view()
    {
        using ApplyRig rig = new(rechooseInterval: s_interval);
        rig.Start();
        rig.DataPlane.OnRechoose = () => new ApplyOutcome(7, 3, [FakeDataPlane.Answer()]);
        rig.Time.Advance(s_interval);

        rig.Rounds.Run();

        Assert.Equal(7, rig.Rounds.View.Outcome?.RuleCount);
        Assert.Equal(1, rig.DataPlane.ApplyCalls);
    }

    [Fact]
    public void A_choice_that_fails_has_the_policy_applied_again()
    {
        using ApplyRig rig = new(rechooseInterval: s_interval);
        rig.Start();
        rig.DataPlane.OnRechoose = () => throw new InvalidOperationException("by script");
        rig.Time.Advance(s_interval);
        rig.Rounds.Run();
        Assert.Equal("by script", rig.Rounds.View.LastError);

        rig.DataPlane.OnRechoose = () => null;
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        rig.Rounds.Run();

        Assert.Equal(2, rig.DataPlane.ApplyCalls);
        Assert.Null(rig.Rounds.View.LastError);
    }

    [Fact]
    public void Nothing_is_looked_at_without_an_interval()
    {
        using ApplyRig rig = new();
        rig.Start();
        rig.Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(Timeout.InfiniteTimeSpan, rig.Rounds.Run());
        Assert.Empty(rig.DataPlane.Rechosen);
    }
}
