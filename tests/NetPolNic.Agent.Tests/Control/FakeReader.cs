using NetPolNic.Agent.Control;
using NetPolNic.Agent.Control.V1;

namespace NetPolNic.Agent.Tests.Control;

/// <summary>An agent that has its answers ready.</summary>
internal sealed class FakeReader : IAgentReader
{
    public Func<StatusRequest, StatusReply> Status { get; set; } = _ => SampleReplies.Status();

    public Func<ExplainRequest, ExplainReply> Explain { get; set; } = _ => SampleReplies.Explain();

    public Task<StatusReply> StatusAsync(StatusRequest request, CancellationToken cancellation) =>
        Task.FromResult(Status(request));

    public async IAsyncEnumerable<NicRule> RulesAsync(
        RulesRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.Yield();
        yield return SampleReplies.Rule(0, "PASS", $"cold of '{request.Pod}'", 1);
        yield return SampleReplies.Rule(0, "DROP", "hot", 900);
    }

    public Task<IReadOnlyList<PuntedRegion>> PuntsAsync(PuntsRequest request, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<PuntedRegion>>([SampleReplies.Punt()]);

    public Task<ExplainReply> ExplainAsync(ExplainRequest request, CancellationToken cancellation) =>
        Task.FromResult(Explain(request));
}
