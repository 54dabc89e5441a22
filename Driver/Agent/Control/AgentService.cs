using Grpc.Core;
using Microsoft.Extensions.Hosting;
using NetPolNic.Agent.Control.V1;

namespace NetPolNic.Agent.Control;

/// <summary>The gRPC service: passes questions on to the <see cref="IAgentReader"/>.</summary>
internal sealed class AgentService(IAgentReader reader, TimeProvider time, IHostApplicationLifetime server)
    : V1.Agent.AgentBase
{
    private const uint DefaultIntervalMs = 1000;
    private const uint LeastIntervalMs = 250;
    private const uint MostIntervalMs = 60_000;

    public override Task<StatusReply> Status(StatusRequest request, ServerCallContext context) =>
        AnswerAsync(() => reader.StatusAsync(request, context.CancellationToken), context);

    public override async Task WatchStatus(
        WatchStatusRequest request, IServerStreamWriter<StatusReply> responseStream, ServerCallContext context)
    {
        StatusRequest what = request.Status ?? new StatusRequest();
        uint interval = request.IntervalMs == 0
            ? DefaultIntervalMs
            : Math.Clamp(request.IntervalMs, LeastIntervalMs, MostIntervalMs);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(interval), time);
        using CancellationTokenSource ends =
            CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, server.ApplicationStopping);
        do
        {
            StatusReply reply =
                await AnswerAsync(() => reader.StatusAsync(what, ends.Token), context).ConfigureAwait(false);
            await responseStream.WriteAsync(reply, context.CancellationToken).ConfigureAwait(false);
        }
        while (await AnswerAsync(async () => await timer.WaitForNextTickAsync(ends.Token).ConfigureAwait(false), context)
            .ConfigureAwait(false));
    }

    public override Task Rules(RulesRequest request, IServerStreamWriter<NicRule> responseStream, ServerCallContext context) =>
        AnswerAsync(
            async () =>
            {
                await foreach (NicRule rule in reader.RulesAsync(request, context.CancellationToken).ConfigureAwait(false))
                {
                    await responseStream.WriteAsync(rule, context.CancellationToken).ConfigureAwait(false);
                }

                return true;
            },
            context);

    public override Task Punts(
        PuntsRequest request, IServerStreamWriter<PuntedRegion> responseStream, ServerCallContext context) =>
        AnswerAsync(
            async () =>
            {
                foreach (PuntedRegion punt in await reader.PuntsAsync(request, context.CancellationToken).ConfigureAwait(false))
                {
                    await responseStream.WriteAsync(punt, context.CancellationToken).ConfigureAwait(false);
                }

                return true;
            },
            context);

    public override Task<ExplainReply> Explain(ExplainRequest request, ServerCallContext context) =>
        AnswerAsync(() => reader.ExplainAsync(request, context.CancellationToken), context);

    private static async Task<T> AnswerAsync<T>(Func<Task<T>> answer, ServerCallContext context)
    {
        try
        {
            return await answer().ConfigureAwait(false);
        }
        catch (UnanswerableException problem)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, problem.Message));
        }
        catch (OperationCanceledException) when (!context.CancellationToken.IsCancellationRequested)
        {
            // The caller is still there: it is the agent that ends.
            throw new RpcException(new Status(StatusCode.Unavailable, "the agent is stopping"));
        }
    }
}
