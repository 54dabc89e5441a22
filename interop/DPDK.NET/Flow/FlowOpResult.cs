namespace Dpdk.Flow;

/// <summary>The end of an operation of a flow queue; rte_flow gives no reason where one fails.</summary>
/// <param name="Token">What it was enqueued with.</param>
/// <param name="Succeeded">Whether it was carried out.</param>
public readonly record struct FlowOpResult(nint Token, bool Succeeded);
