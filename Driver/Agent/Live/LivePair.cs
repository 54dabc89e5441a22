using NetPolNic.Policy.Reference;

namespace NetPolNic.Agent.Live;

/// <summary>A client, a server and what is asked, with policy's word on it.</summary>
/// <param name="Client">Who opens.</param>
/// <param name="Server">Who answers.</param>
/// <param name="Question">Protocol, port, family.</param>
/// <param name="Decision">What policy says.</param>
internal sealed record LivePair(LiveHost Client, LiveHost Server, LiveQuestion Question, FlowDecision Decision)
{
    /// <summary>"shop/web → shop/api TCP/9090 IPv4".</summary>
    public override string ToString() => $"{Client.Name} → {Server.Name} {Question}";
}
