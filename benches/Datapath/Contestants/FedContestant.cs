using NetPolNic.Benches.Datapath.Traffic;

namespace NetPolNic.Benches.Datapath.Contestants;

/// <summary>
/// A contestant whose ports are shared memory (memif) to a stock testpmd on another CPU, which replays the traffic into them
/// and takes back what is sent. Both run, or neither.
/// </summary>
internal sealed class FedContestant : IContestant
{
    private readonly IContestant _contestant;
    private readonly TestpmdContestant _feeder;

    private FedContestant(IContestant contestant, TestpmdContestant feeder)
    {
        _contestant = contestant;
        _feeder = feeder;
    }

    public int ProcessId => _contestant.ProcessId;

    /// <summary>Starts the feeder, then the contestant at its other end.</summary>
    /// <param name="traffic">What is replayed.</param>
    /// <param name="folder">For the sockets.</param>
    /// <param name="prefix">The feeder's own, as DPDK's file prefix.</param>
    /// <param name="cpu">The contestant's; the feeder polls another one.</param>
    /// <param name="start">Starts the contestant on the ports that it is given.</param>
    public static async Task<FedContestant> StartAsync(
        TrafficFiles traffic, string folder, string prefix, int cpu, Func<TrafficFiles, Task<IContestant>> start)
    {
        string[] sockets = [Path.Combine(folder, $"{prefix}-0{DpdkArguments.SocketEnding}"), Path.Combine(folder, $"{prefix}-1{DpdkArguments.SocketEnding}")];
        TestpmdContestant feeder = await TestpmdContestant.StartAsync(
            traffic,
            "io",
            prefix,
            DpdkArguments.OtherCpu(cpu),

            // Neighbours forward to each other: each file's port and its memif.
            [.. DpdkArguments.Vdevs(traffic).SelectMany((vdev, i) => new[] { vdev, DpdkArguments.Memif("server", i, sockets[i]) })])
            .ConfigureAwait(false);
        try
        {
            TrafficFiles ports = traffic with { UplinkPcap = sockets[0], PodPcap = sockets[1] };
            return new FedContestant(await start(ports).ConfigureAwait(false), feeder);
        }
        catch
        {
            await feeder.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public Task<Reading> ReadAsync() => _contestant.ReadAsync();

    public void Hold()
    {
        _contestant.Hold();
        _feeder.Hold();
    }

    public void Resume()
    {
        _feeder.Resume();
        _contestant.Resume();
    }

    public async ValueTask DisposeAsync()
    {
        _feeder.Resume();
        await _contestant.DisposeAsync().ConfigureAwait(false);
        await _feeder.DisposeAsync().ConfigureAwait(false);
    }
}
