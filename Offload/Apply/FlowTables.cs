using Dpdk.Ethdev;
using Dpdk.Flow;

namespace NetPolNic.Offload.Apply;

/// <summary>Chooses how rules get into a port: by templates and a flow queue where it has that, else one by one.</summary>
public static class FlowTables
{
    /// <summary>Operations on their way at once: enough for the largest batch to be worth its push.</summary>
    private const uint QueueSize = 1024;

    /// <summary>Counters to set aside; a port without any set aside counts nothing (mlx5).</summary>
    private const uint Counters = 1 << 16;

    /// <summary>
    /// Gives a configured port, before it starts, a flow queue where it can have one. Only a port whose
    /// <c>rte_flow_info_get</c> succeeds is asked: others end the process.
    /// </summary>
    /// <returns>Whether it has one now.</returns>
    public static bool TryConfigure(EthPort port)
    {
        ArgumentNullException.ThrowIfNull(port);
        return port.Flow.QueueLimits() is { } limits && port.Flow.ConfigureQueue(
            Math.Min(QueueSize, limits.MaxQueueSize), Math.Min(Counters, limits.MaxCounters)) is null;
    }

    /// <summary>The rules of a port, by its flow queue where it has one.</summary>
    public static IFlowTable Open(EthPort port)
    {
        ArgumentNullException.ThrowIfNull(port);
        return port.Flow.Async is null
            ? new EthPortFlowTable(port.Flow)
            : new AsyncFlowTable(new EthPortFlowOperations(port.Flow), TimeProvider.System);
    }

    /// <summary>"async" or "sync".</summary>
    public static string NameOf(EthPort port)
    {
        ArgumentNullException.ThrowIfNull(port);
        return port.Flow.Async is null ? "sync" : "async";
    }

    /// <summary>
    /// Whether a port would take a rule: with a flow queue what its templates say, because such a port may take rules in no
    /// other way.
    /// </summary>
    public static RuleRejection? Validate(EthPort port, FlowSpec spec)
    {
        ArgumentNullException.ThrowIfNull(port);
        return port.Flow.Async is { } queue ? queue.Validate(spec) : port.Flow.Validate(spec);
    }
}
