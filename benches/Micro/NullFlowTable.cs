using Dpdk.Flow;
using NetPolNic.Offload.Apply;

namespace NetPolNic.Benches.Micro;

/// <summary>A NIC that takes every rule and costs nothing.</summary>
internal sealed class NullFlowTable : IFlowTable
{
    private static readonly object s_handle = new();

    /// <summary>Calls so far.</summary>
    public long Calls { get; private set; }

    public FlowCreateResult Create(FlowSpec spec)
    {
        Calls++;
        return new FlowCreateResult(s_handle, null);
    }

    public RuleRejection? Destroy(object handle)
    {
        Calls++;
        return null;
    }

    public FlowCountResult QueryCount(object handle) => new(default(FlowCounters), null);
}
