using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Spectre.Console;

namespace NetPolNic.Agent.Live;

/// <summary>Plays a live run, and tells of each claim as soon as it is seen.</summary>
/// <param name="console">Where it is told; null: nowhere.</param>
/// <param name="options">What is shown.</param>
internal sealed class LiveShow(IAnsiConsole? console, LiveOptions options)
{
    private const int Indent = 2;

    /// <summary>Everything, at one MTU.</summary>
    /// <param name="mtu">Bytes.</param>
    /// <param name="before">
    /// What was seen at another MTU; null: nothing yet. Only the first time there are edits and a restart of the agent, which do not
    /// depend on the MTU, and a matrix that has not changed is not printed again.
    /// </param>
    /// <param name="cancellation">Ends it; everything is removed all the same.</param>
    /// <exception cref="LiveException">The surroundings lack something.</exception>
    public async Task<LiveChapter> PlayAsync(int mtu, LiveChapter? before, CancellationToken cancellation)
    {
        console?.WriteLine();
        console?.Write(new Rule(string.Create(CultureInfo.InvariantCulture, $"[bold]MTU {mtu}[/]")).LeftJustified());
        LiveRun run = await LiveRun.StartAsync(options, mtu, cancellation).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable ends = run.ConfigureAwait(false);
        Introduce(run);
        List<LiveStep> steps = [];
        ImmutableArray<LiveTable> tables = await new LiveMatrix(run.Hosts, run.Attempt, run.Evaluator)
            .MeasureAsync(run.Questions, cancellation).ConfigureAwait(false);
        if (console is not null)
        {
            if (before is not null && SameTables(before.Tables, tables))
            {
                console.WriteLine("the matrix is the one above, cell by cell");
            }
            else
            {
                LiveMatrixText.Write(console, run.Hosts, tables);
            }

            console.WriteLine();
        }

        Tell(MatrixStep(run, tables));
        Tell(run.HasSctp
            ? new LiveStep("SCTP", Passed: true, "asked in the matrix")
            : LiveStep.Skipped("SCTP", "this kernel has none"));
        Tell(await TransferSteps.DatagramsAsync(run, cancellation).ConfigureAwait(false));
        Tell(await TransferSteps.TransferAsync(run, options.TransferBytes, cancellation).ConfigureAwait(false));
        if (before is null)
        {
            Tell(await TransferSteps.ParallelAsync(run, options.Connections, cancellation).ConfigureAwait(false));
            Tell(await EditStep.RunAsync(run, keep: false, cancellation).ConfigureAwait(false));
            Tell(await RestartStep.RunAsync(run, cancellation).ConfigureAwait(false));
            await run.StartAgentAsync(keep: true, cancellation).ConfigureAwait(false);
            Tell(await EditStep.RunAsync(run, keep: true, cancellation).ConfigureAwait(false));
        }

        Tell(ChecksumStep.Run(run));
        return new LiveChapter(mtu, run.Hosts, tables, [.. steps]);

        void Tell(LiveStep step)
        {
            LiveStep told = step.Passed ? step : step with { Detail = $"{step.Detail}\nthe agent's last words:\n{run.Agent.LogTail}" };
            steps.Add(told);
            Print(told);
        }
    }

    /// <summary>The claim that the matrix makes, with each difference named.</summary>
    internal static LiveStep MatrixStep(LiveRun run, ImmutableArray<LiveTable> tables)
    {
        const string Name = "every attempt ends as policy says";
        int asked = tables.Sum(table => table.Cells().Count());
        int passed = tables.Sum(table => table.Cells().Count(cell => table.Measured[cell.Src, cell.Dst] == LiveOutcome.Passed));
        string[] differences =
        [
            .. from table in tables
               from cell in table.Differences()
               select $"{run.Hosts[cell.Src].Name} → {run.Hosts[cell.Dst].Name} {table.Question}: " +
                   $"{table.Measured[cell.Src, cell.Dst]}, policy says {(table.Expected[cell.Src, cell.Dst] ? "allow" : "deny")}",
        ];
        string counts = string.Create(
            CultureInfo.InvariantCulture, $"{asked} real attempts, {passed} answered, {differences.Length} differences");
        return new LiveStep(Name, differences.Length == 0 && asked > 0, string.Join("; ", [counts, .. differences]));
    }

    private static bool SameTables(ImmutableArray<LiveTable> left, ImmutableArray<LiveTable> right) =>
        left.Length == right.Length && left.Zip(right).All(pair =>
            pair.First.Question == pair.Second.Question &&
            pair.First.Measured.Cast<LiveOutcome>().SequenceEqual(pair.Second.Measured.Cast<LiveOutcome>()) &&
            pair.First.Expected.Cast<bool>().SequenceEqual(pair.Second.Expected.Cast<bool>()));

    private void Introduce(LiveRun run)
    {
        int sharing = run.Hosts.Count(host => host.Reflected);
        int pods = run.Hosts.Count(host => host.Endpoint.IsPod);
        console?.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"{pods} pods as network namespaces, {run.Hosts.Length - pods} addresses outside");
        console?.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"{pods - sharing} pods on a port of their own, {(run.HasTrunk ? $"{sharing} behind one that they share" : "none behind a shared one (too few, or no macvlan)")}");
        console?.MarkupLineInterpolated($"the only way between them: netpolnic run, emulated [bold]{options.Nic}[/] NIC on {options.Ports} ports");
    }

    private void Print(LiveStep step)
    {
        if (console is null)
        {
            return;
        }

        string mark = step.IsSkipped ? "[yellow]–[/]" : step.Passed ? "[green]✓[/]" : "[red]✗[/]";
        console.MarkupLine($"{mark} {(step.Passed ? "" : "[red]")}{Markup.Escape(step.Name)}{(step.Passed ? "" : "[/]")}");
        console.Write(new Padder(new Text(step.Detail, new Style(Color.Grey)), new Padding(Indent, 0, 0, 0)));
    }
}
