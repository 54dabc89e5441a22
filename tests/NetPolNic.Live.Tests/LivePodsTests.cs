using System.Collections.Immutable;
using NetPolNic.Agent.Live;

namespace NetPolNic.Live.Tests;

/// <summary>Pods as network namespaces, the running agent as the only way between them: each claim of the live demo.</summary>
public sealed class LivePodsTests(OrdinaryWorld world) : IClassFixture<OrdinaryWorld>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_real_attempt_ends_as_policy_says()
    {
        LiveRun run = world.Live.Run;
        ImmutableArray<LiveTable> tables =
            await new LiveMatrix(run.Hosts, run.Attempt, run.Evaluator).MeasureAsync(run.Questions, Cancellation);

        Holds(LiveShow.MatrixStep(run, tables));
        foreach (LiveTable table in tables)
        {
            Assert.Contains(table.Cells(), cell => table.Measured[cell.Src, cell.Dst] == LiveOutcome.Passed);
            Assert.Contains(table.Cells(), cell => table.Measured[cell.Src, cell.Dst] == LiveOutcome.Denied);
        }
    }

    [Fact]
    public void Several_pods_share_a_port_where_the_kernel_has_macvlan()
    {
        LiveRun run = world.Live.Run;
        Assert.SkipUnless(run.HasTrunk, "this kernel has no macvlan");
        Assert.Equal(2, run.Hosts.Count(host => host.Reflected));
    }

    [Fact]
    public async Task Fragmented_datagrams_arrive_whole() =>
        Holds(await TransferSteps.DatagramsAsync(world.Live.Run, Cancellation));

    [Fact]
    public async Task A_transfer_arrives_with_its_hash_intact() =>
        Holds(await TransferSteps.TransferAsync(world.Live.Run, 64L << 20, Cancellation));

    [Fact]
    public async Task Two_hundred_connections_are_open_at_once() =>
        Holds(await TransferSteps.ParallelAsync(world.Live.Run, 200, Cancellation));

    [Fact]
    public async Task An_edited_manifest_cuts_an_open_connection()
    {
        LiveRun run = world.Live.Run;
        await run.StartAgentAsync(keep: false, Cancellation);
        Holds(await EditStep.RunAsync(run, keep: false, Cancellation));
    }

    [Fact]
    public async Task An_edited_manifest_spares_it_with_established_keep()
    {
        LiveRun run = world.Live.Run;
        await run.StartAgentAsync(keep: true, Cancellation);
        Holds(await EditStep.RunAsync(run, keep: true, Cancellation));
    }

    [Fact]
    public async Task A_killed_agent_lets_nothing_pass_and_open_connections_go_on_after_it() =>
        Holds(await RestartStep.RunAsync(world.Live.Run, Cancellation));

    [Fact]
    public async Task Every_checksum_is_right_for_the_receiving_kernel()
    {
        LiveRun run = world.Live.Run;
        Holds(await TransferSteps.ParallelAsync(run, 10, Cancellation));
        Holds(ChecksumStep.Run(run));
    }

    private static void Holds(LiveStep step)
    {
        Assert.True(step.Passed, step.Detail);
        Assert.False(step.IsSkipped, step.Detail);
    }
}
