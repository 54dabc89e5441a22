using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Live;

/// <summary>The agent is killed and started again under traffic: nothing denied ever passes, what is open goes on.</summary>
internal static class RestartStep
{
    private const string Name = "killed under traffic and restarted: nothing denied passes, connections go on";
    private const int MaxDenied = 16;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(1.5);

    /// <summary>Does it.</summary>
    public static async Task<LiveStep> RunAsync(LiveRun run, CancellationToken cancellation)
    {
        LivePair? open = run.Pairs((byte)L4Proto.Tcp, Verdict.Allow).FirstOrDefault();
        ImmutableArray<LivePair> denied =
        [
            .. Spread(run.Pairs((byte)L4Proto.Udp, Verdict.Deny)), .. Spread(run.Pairs((byte)L4Proto.Tcp, Verdict.Deny)),
        ];
        if (open is null || denied.IsEmpty)
        {
            return LiveStep.Skipped(Name, "policy has nothing that it allows, or nothing that it denies");
        }

        Heartbeat heart = new(await LiveConnection.OpenAsync(
            open.Client, open.Server, open.Question, cancellation).ConfigureAwait(false));
        await using ConfiguredAsyncDisposable heartEnds = heart.ConfigureAwait(false);
        Sniffer allowed = new(open.Server, [open]);
        await using ConfiguredAsyncDisposable allowedEnds = allowed.ConfigureAwait(false);
        DeniedTraffic traffic = new(denied);
        await using ConfiguredAsyncDisposable trafficEnds = traffic.ConfigureAwait(false);
        bool beating = await heart.BeatsBeyondAsync(20, s_patience, cancellation).ConfigureAwait(false);
        long sentBefore = traffic.Sent;

        run.Agent.Kill();
        LiveOutcome meanwhile = await run.Attempt
            .TryAsync(open.Client, open.Server, open.Question, s_silence, cancellation).ConfigureAwait(false);
        long beatsDown = heart.Beats;
        long sentDown = traffic.Sent - sentBefore;

        await run.StartAgentAsync(keep: false, cancellation).ConfigureAwait(false);
        bool resumed = await heart.BeatsBeyondAsync(beatsDown + 20, s_patience, cancellation).ConfigureAwait(false);
        LiveOutcome after = await run.Attempt
            .TryAsync(open.Client, open.Server, open.Question, s_patience, cancellation).ConfigureAwait(false);
        long sentAfter = traffic.Sent - sentDown - sentBefore;
        bool seen = allowed.Matching > 0;
        bool tried = sentBefore > 0 && sentDown > 0 && sentAfter > 0;
        bool passed = beating && resumed && seen && tried && traffic.Arrived == 0 &&
            meanwhile != LiveOutcome.Passed && after == LiveOutcome.Passed;
        string detail = string.Create(
            CultureInfo.InvariantCulture,
            $"{open}: {(beating ? "" : "NOT ")}alive, {(meanwhile == LiveOutcome.Passed ? "STILL PASSING" : "nothing passes")} without agent, {(resumed ? "the same connection goes on" : "NOT resumed")} after restart; {traffic.Arrived} of {traffic.Sent} denied packets ({denied.Length} flows; {sentBefore} before, {sentDown} without, {sentAfter} after) reached a pod");
        return new LiveStep(Name, passed, detail);
    }

    /// <summary>Some of the pairs, over as many servers as there are.</summary>
    private static IEnumerable<LivePair> Spread(IEnumerable<LivePair> pairs) => pairs
        .GroupBy(pair => (pair.Server, pair.Question.Family))
        .SelectMany(group => group.DistinctBy(pair => pair.Client).Take(3).Select((pair, rank) => (pair, rank)))
        .OrderBy(ranked => ranked.rank)
        .Select(ranked => ranked.pair)
        .Take(MaxDenied);
}
