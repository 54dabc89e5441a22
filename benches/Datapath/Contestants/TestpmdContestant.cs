using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using NetPolNic.Agent.Emulation;
using NetPolNic.Benches.Datapath.Traffic;

namespace NetPolNic.Benches.Datapath.Contestants;

/// <summary>Stock dpdk-testpmd in one of its forwarding modes; asked at its prompt.</summary>
internal sealed partial class TestpmdContestant : IContestant
{
    private const string Prompt = "testpmd> ";

    private readonly ChildProcess _process;
    private readonly string _filePrefix;

    private TestpmdContestant(ChildProcess process, string filePrefix)
    {
        _process = process;
        _filePrefix = filePrefix;
    }

    public int ProcessId => _process.Id;

    /// <summary>Starts testpmd and has it forward.</summary>
    /// <param name="traffic">What it replays, or where another process does.</param>
    /// <param name="mode">Forwarding mode.</param>
    /// <param name="filePrefix">DPDK's, its own.</param>
    /// <param name="cpu">That it polls.</param>
    /// <param name="vdevs">Its ports; null: those of the traffic.</param>
    public static async Task<TestpmdContestant> StartAsync(
        TrafficFiles traffic, string mode, string filePrefix, int cpu, string[]? vdevs = null)
    {
        string[] arguments =
        [
            "-oL", "-eL", "dpdk-testpmd", .. DpdkArguments.ToWords(traffic, filePrefix, cpu, vdevs: vdevs), "--", "-i", "--no-flush-rx", "--disable-link-check",
            $"--forward-mode={mode}",
            string.Create(CultureInfo.InvariantCulture, $"--total-num-mbufs={DpdkArguments.Mbufs(traffic)}"),
            string.Create(CultureInfo.InvariantCulture, $"--mbuf-size={DpdkArguments.DataRoom(traffic)}"),
        ];
        TestpmdContestant contestant = new(ChildProcess.Start("stdbuf", arguments), filePrefix);
        try
        {
            await contestant._process.ReadToAsync(Prompt, 120).ConfigureAwait(false);
            await contestant.CommandAsync("start").ConfigureAwait(false);
            return contestant;
        }
        catch
        {
            await contestant.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task<Reading> ReadAsync()
    {
        long before = Stopwatch.GetTimestamp();
        string text = await CommandAsync("show port stats all").ConfigureAwait(false);
        ulong rx = 0;
        foreach (Match match in RxPackets().Matches(text))
        {
            rx += ulong.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        }

        // testpmd reads its counters first and prints them then.
        return new Reading((long)(before * (1e9 / Stopwatch.Frequency)), rx, 0);
    }

    public void Hold() => _process.Hold();

    public void Resume() => _process.Resume();

    public async ValueTask DisposeAsync()
    {
        _process.Resume();
        try
        {
            await _process.SendAsync("quit").ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It has ended already.
        }

        await _process.DisposeAsync().ConfigureAwait(false);
        EalRuntimeFolder.Remove(_filePrefix);
    }

    [GeneratedRegex(@"RX-packets:\s+(\d+)")]
    private static partial Regex RxPackets();

    private async Task<string> CommandAsync(string command)
    {
        await _process.SendAsync(command).ConfigureAwait(false);
        return await _process.ReadToAsync(Prompt).ConfigureAwait(false);
    }
}
