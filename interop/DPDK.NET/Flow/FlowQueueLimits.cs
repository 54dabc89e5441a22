namespace Dpdk.Flow;

/// <summary>What a port has for rules by templates, as rte_flow_info_get says it.</summary>
/// <param name="MaxQueues">Flow queues at most.</param>
/// <param name="MaxQueueSize">Operations that a queue can hold at most.</param>
/// <param name="MaxCounters">Counters at most; 0: none can be set aside.</param>
public readonly record struct FlowQueueLimits(uint MaxQueues, uint MaxQueueSize, uint MaxCounters);
