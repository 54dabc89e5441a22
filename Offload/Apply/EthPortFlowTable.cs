using Dpdk.Flow;

namespace NetPolNic.Offload.Apply;

/// <summary>The rules of a live DPDK port. Called from the apply loop's thread only.</summary>
public sealed class EthPortFlowTable : IFlowTable
{
    private readonly FlowApi _flow;

    /// <param name="flow">The flow API of the port.</param>
    public EthPortFlowTable(FlowApi flow) => _flow = flow;

    public FlowCreateResult Create(FlowSpec spec)
    {
        FlowInstallResult result = _flow.Create(spec);
        return new FlowCreateResult(result.Rule, result.Rejection);
    }

    public RuleRejection? Destroy(object handle) => _flow.Destroy((FlowRule)handle);

    public FlowCountResult QueryCount(object handle)
    {
        FlowQueryResult result = _flow.QueryCount((FlowRule)handle);
        return new FlowCountResult(result.Counters, result.Rejection);
    }
}
