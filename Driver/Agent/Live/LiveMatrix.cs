using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;

namespace NetPolNic.Agent.Live;

/// <summary>
/// Has every host try to reach every other. All attempts run at once and wait equally long, whatever policy says. An answer
/// that is missing against the policy is asked for again, longer: a busy machine is no denial. One that is there against the
/// policy stays.
/// </summary>
internal sealed class LiveMatrix(ImmutableArray<LiveHost> hosts, LiveAttempt attempt, PolicyEvaluator evaluator)
{
    private const int AtOnce = 768;

    private static readonly TimeSpan[] s_limits =
        [TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)];

    /// <summary>Measures one table for each question.</summary>
    public async Task<ImmutableArray<LiveTable>> MeasureAsync(
        ImmutableArray<LiveQuestion> questions, CancellationToken cancellation)
    {
        ImmutableArray<LiveTable> tables = [.. questions.Select(Empty)];
        List<Cell> open =
        [
            .. from table in tables
               from src in Enumerable.Range(0, hosts.Length)
               from dst in Enumerable.Range(0, hosts.Length)
               where CanAsk(src, dst, table.Question.Family)
               select new Cell(table, src, dst),
        ];
        foreach (TimeSpan limit in s_limits)
        {
            foreach (Cell[] wave in open.Chunk(AtOnce))
            {
                await Task.WhenAll(wave.Select(cell => AskAsync(cell, limit, cancellation))).ConfigureAwait(false);
            }

            open = [.. open.Where(cell => cell.Table.Measured[cell.Src, cell.Dst] == LiveOutcome.Denied &&
                cell.Table.Expected[cell.Src, cell.Dst])];
        }

        return tables;
    }

    private async Task AskAsync(Cell cell, TimeSpan limit, CancellationToken cancellation) =>
        cell.Table.Measured[cell.Src, cell.Dst] = await attempt
            .TryAsync(hosts[cell.Src], hosts[cell.Dst], cell.Table.Question, limit, cancellation).ConfigureAwait(false);

    /// <summary>Two different namespaces that share the family.</summary>
    private bool CanAsk(int src, int dst, IpFamily family) =>
        hosts[src].Namespace != hosts[dst].Namespace &&
        hosts[src].AddressOf(family) is not null && hosts[dst].AddressOf(family) is not null;

    private LiveTable Empty(LiveQuestion question)
    {
        bool[,] expected = new bool[hosts.Length, hosts.Length];
        for (int src = 0; src < hosts.Length; src++)
        {
            for (int dst = 0; dst < hosts.Length; dst++)
            {
                expected[src, dst] = CanAsk(src, dst, question.Family) && evaluator.Evaluate(
                    First(hosts[src], question.Family), First(hosts[dst], question.Family), question.WireProto, question.L4Port)
                    .Combined == Verdict.Allow;
            }
        }

        return new LiveTable(question, new LiveOutcome[hosts.Length, hosts.Length], expected);
    }

    private static IpAddr First(LiveHost host, IpFamily family) =>
        host.Endpoint.Addresses.First(addr => addr.Family == family);

    private sealed record Cell(LiveTable Table, int Src, int Dst);
}
