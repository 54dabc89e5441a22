using NetPolNic.Benches.Datapath.Contestants;
using NetPolNic.Benches.Datapath.Traffic;

namespace NetPolNic.Benches.Datapath;

/// <summary>
/// Starts all contestants and lets them take turns: one runs, the others are stopped by signal, so that whatever else the
/// machine does falls on all of them alike.
/// </summary>
internal sealed class InterleavedRun(MeasurementPlan plan, ContestantFactory factory, Action<string> say) : IAsyncDisposable
{
    private static readonly TimeSpan s_settle = TimeSpan.FromMilliseconds(100);

    // The just-in-time compiler has compiled the loop for good when it gets no faster.
    private const int MostWarmUps = 8;
    private const double Faster = 1.05;

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(1);

    private readonly Dictionary<Entrant, IContestant> _running = [];

    /// <summary>Starts and warms up all of them, one by one. What does not start is an error of that entrant.</summary>
    /// <param name="trafficOf">Files of a workload.</param>
    public async Task StartAsync(Func<Workload, TrafficFiles> trafficOf)
    {
        foreach (Entrant entrant in plan.Entrants)
        {
            try
            {
                TrafficFiles traffic = trafficOf(entrant.Workload);
                entrant.DeniedShare = traffic.DeniedShare;
                IContestant contestant = await factory.StartAsync(entrant.Kind, entrant.Workload, traffic).ConfigureAwait(false);
                _running.Add(entrant, contestant);
                await WarmUpAsync(entrant, contestant).ConfigureAwait(false);
                contestant.Hold();
            }
            catch (Exception problem) when (problem is InvalidOperationException or IOException or System.ComponentModel.Win32Exception)
            {
                entrant.Error = problem.Message;
                say($"{entrant.Name}, {entrant.Workload}: {problem.Message}");
            }
        }
    }

    /// <summary>One round: a window of each.</summary>
    public async Task RoundAsync()
    {
        foreach (Entrant entrant in plan.Entrants)
        {
            if (_running.TryGetValue(entrant, out IContestant? contestant))
            {
                try
                {
                    entrant.Add(await WindowAsync(entrant, contestant).ConfigureAwait(false));
                }
                catch (Exception problem) when (problem is InvalidOperationException or IOException or InvalidDataException)
                {
                    entrant.Error = problem.Message;
                    _running.Remove(entrant);
                    await contestant.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IContestant contestant in _running.Values)
        {
            await contestant.DisposeAsync().ConfigureAwait(false);
        }

        _running.Clear();
    }

    private static async Task WarmUpAsync(Entrant entrant, IContestant contestant)
    {
        await Task.Delay(s_settle).ConfigureAwait(false);
        if (entrant.Kind != ContestantKind.NetPolNic)
        {
            // Slow ones need a while until they know every connection.
            bool isSlow = entrant.Kind is ContestantKind.OvsDpdk or ContestantKind.NfTables;
            await Task.Delay(isSlow ? s_warmUp : s_settle).ConfigureAwait(false);
            return;
        }

        double best = double.MaxValue;
        for (int i = 0; i < MostWarmUps; i++)
        {
            Reading before = await contestant.ReadAsync().ConfigureAwait(false);
            await Task.Delay(s_warmUp).ConfigureAwait(false);
            double ns = Sample.Between(before, await contestant.ReadAsync().ConfigureAwait(false)).NsPerPacket;
            if (ns * Faster > best)
            {
                return;
            }

            best = ns;
        }
    }

    private async Task<Sample> WindowAsync(Entrant entrant, IContestant contestant)
    {
        contestant.Resume();
        await Task.Delay(s_settle).ConfigureAwait(false);
        using CpuCounters? cpu = CpuCounters.OfBusiestThread(contestant.ProcessId);
        (long Cycles, long Instructions)? cpuBefore = cpu?.Read();
        Reading before = await contestant.ReadAsync().ConfigureAwait(false);
        await Task.Delay(TimeSpan.FromSeconds(plan.Options.Seconds)).ConfigureAwait(false);
        Reading after = await contestant.ReadAsync().ConfigureAwait(false);
        (long Cycles, long Instructions)? cpuAfter = cpu?.Read();
        contestant.Hold();
        entrant.PolicyBytes = after.PolicyBytes;
        Sample sample = Sample.Between(before, after);
        return cpuBefore is { } from && cpuAfter is { } to && to.Instructions > from.Instructions
            ? sample with { Cpu = (to.Cycles - from.Cycles, to.Instructions - from.Instructions) }
            : sample;
    }
}
