using System.Security.Cryptography;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;

namespace NetPolNic.Agent.Live;

/// <summary>A manifest is edited while a connection is open: it is cut, or with <c>--established keep</c> survives.</summary>
internal static class EditStep
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(2.5);

    /// <summary>Edits, looks, and puts the manifest back.</summary>
    /// <param name="run">Its agent runs with the matching option.</param>
    /// <param name="keep">Whether the connection has to survive.</param>
    /// <param name="cancellation">Ends everything.</param>
    public static async Task<LiveStep> RunAsync(LiveRun run, bool keep, CancellationToken cancellation)
    {
        string name = keep
            ? "with --established keep, an edited policy spares open connections"
            : "an edited policy cuts an open connection";
        LivePair? pair = run.Pairs((byte)L4Proto.Tcp, Verdict.Allow)
            .FirstOrDefault(pair => pair.Decision.Ingress.Reason == DecisionReason.AllowedByRule);
        if (pair is null)
        {
            return LiveStep.Skipped(name, "no rule allows a TCP connection");
        }

        using LiveConnection connection = await OpenAsync(pair, cancellation).ConfigureAwait(false);
        byte[] bytes = RandomNumberGenerator.GetBytes(1024);
        bool before = await connection.ExchangesWithinAsync(bytes, s_patience, cancellation).ConfigureAwait(false);

        int policies = run.Agent.PoliciesInForce;
        ClusterState? edited = run.Manifests.Withdraw(pair.Decision.Ingress.AllowedBy);
        try
        {
            if (edited is null || Allows(edited, run, pair))
            {
                return LiveStep.Skipped(name, $"no edit of a policy was found that forbids {pair}");
            }

            await run.Agent.WaitForPolicyAfterAsync(policies, cancellation).ConfigureAwait(false);
            LiveOutcome anew = await run.Attempt
                .TryAsync(pair.Client, pair.Server, pair.Question, s_silence, cancellation).ConfigureAwait(false);
            bool survives = await connection.ExchangesWithinAsync(bytes, keep ? s_patience : s_silence, cancellation)
                .ConfigureAwait(false);
            policies = run.Agent.PoliciesInForce;
            run.Manifests.PutBack();
            await run.Agent.WaitForPolicyAfterAsync(policies, cancellation).ConfigureAwait(false);
            LiveOutcome again = await run.Attempt
                .TryAsync(pair.Client, pair.Server, pair.Question, s_patience, cancellation).ConfigureAwait(false);
            bool passed = before && anew == LiveOutcome.Denied && survives == keep && again == LiveOutcome.Passed;
            string detail = $"{pair}: open {(before ? "and answered" : "but NOT answered")}; policy withdrawn: a new one is " +
                $"{(anew == LiveOutcome.Denied ? "denied" : "NOT denied")}, the open one is {(survives ? "alive" : "cut")}; " +
                $"policy back: a new one is {(again == LiveOutcome.Passed ? "allowed" : "NOT allowed")}";
            return new LiveStep(name, passed, detail);
        }
        finally
        {
            run.Manifests.PutBack();
        }
    }

    private static async Task<LiveConnection> OpenAsync(LivePair pair, CancellationToken cancellation)
    {
        using CancellationTokenSource bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(s_patience);
        try
        {
            return await LiveConnection.OpenAsync(pair.Client, pair.Server, pair.Question, bound.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new LiveException($"{pair} is allowed, and does not open");
        }
    }

    private static bool Allows(ClusterState state, LiveRun run, LivePair pair) =>
        new PolicyEvaluator(state, run.Isolation).Evaluate(
            pair.Client.Endpoint.Addresses.First(addr => addr.Family == pair.Question.Family),
            pair.Server.Endpoint.Addresses.First(addr => addr.Family == pair.Question.Family),
            pair.Question.WireProto,
            pair.Question.L4Port).Combined == Verdict.Allow;
}
