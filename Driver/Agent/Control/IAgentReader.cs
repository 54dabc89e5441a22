using NetPolNic.Agent.Control.V1;

namespace NetPolNic.Agent.Control;

/// <summary>What the control server asks the running agent. Reads only; any thread, several at once.</summary>
/// <remarks>
/// A question that cannot be answered throws <see cref="UnanswerableException"/>; its message is for the person who asked.
/// </remarks>
internal interface IAgentReader
{
    /// <summary>The state now.</summary>
    Task<StatusReply> StatusAsync(StatusRequest request, CancellationToken cancellation);

    /// <summary>Every rule that a NIC holds, by EthPort in order of creation.</summary>
    IAsyncEnumerable<NicRule> RulesAsync(RulesRequest request, CancellationToken cancellation);

    /// <summary>Every region that is left to the fallback.</summary>
    Task<IReadOnlyList<PuntedRegion>> PuntsAsync(PuntsRequest request, CancellationToken cancellation);

    /// <summary>What becomes of a packet.</summary>
    Task<ExplainReply> ExplainAsync(ExplainRequest request, CancellationToken cancellation);
}
