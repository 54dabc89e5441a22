using NetPolNic.Agent.Live;
using NetPolNic.Policy.Model;

namespace NetPolNic.Live.Tests;

/// <summary>MTU 9000, on af_packet ports.</summary>
public sealed class JumboTests(JumboWorld world) : IClassFixture<JumboWorld>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Jumbo_frames_cross_in_one_piece()
    {
        LiveRun run = world.Live.Run;
        foreach (IpFamily family in (IpFamily[])[IpFamily.V4, IpFamily.V6])
        {
            LivePair pair = run.Pairs((byte)L4Proto.Udp, Verdict.Allow, family).First();
            Assert.True(await LiveAttempt.EchoesAsync(pair, run.Mtu - 48, TimeSpan.FromSeconds(15), Cancellation), $"{pair}");
        }
    }

    [Fact]
    public async Task A_transfer_arrives_with_its_hash_intact()
    {
        LiveStep step = await TransferSteps.TransferAsync(world.Live.Run, 32L << 20, Cancellation);
        Assert.True(step.Passed, step.Detail);
    }

    [Fact]
    public async Task What_policy_denies_does_not_pass()
    {
        LiveRun run = world.Live.Run;
        LivePair[] denied = [.. run.Pairs((byte)L4Proto.Tcp, Verdict.Deny).Take(20)];
        LiveOutcome[] outcomes = await Task.WhenAll(denied.Select(pair =>
            run.Attempt.TryAsync(pair.Client, pair.Server, pair.Question, TimeSpan.FromSeconds(2), Cancellation)));
        Assert.All(outcomes, outcome => Assert.Equal(LiveOutcome.Denied, outcome));
        Assert.NotEmpty(denied);
    }
}
