using Dpdk.Flow;

namespace NetPolNic.Offload.Apply;

/// <summary>The flow queue of a live DPDK port. Called from the apply loop's thread only.</summary>
public sealed class EthPortFlowOperations : IFlowOperations
{
    private readonly FlowApi _flow;
    private readonly AsyncFlowApi _queue;

    /// <param name="flow">The flow API of the port, with its queue configured.</param>
    public EthPortFlowOperations(FlowApi flow)
    {
        ArgumentNullException.ThrowIfNull(flow);
        _flow = flow;
        _queue = flow.Async ?? throw new ArgumentException("the port has no flow queue", nameof(flow));
    }

    public int Size => _queue.Size;

    public (object? Table, RuleRejection? Rejection) CreateTable(FlowSpec shape, int capacity)
    {
        TemplateTableResult result = _queue.CreateTable(shape, (uint)capacity);
        return (result.Table, result.Rejection);
    }

    public RuleRejection? DestroyTable(object table) => _queue.DestroyTable((TemplateTable)table);

    public FlowCreateResult EnqueueCreate(object table, FlowSpec spec, nint token)
    {
        FlowInstallResult result = _queue.EnqueueCreate((TemplateTable)table, spec, token);
        return new FlowCreateResult(result.Rule, result.Rejection);
    }

    public RuleRejection? EnqueueDestroy(object handle, nint token) => _queue.EnqueueDestroy((FlowRule)handle, token);

    public RuleRejection? Push() => _queue.Push();

    public FlowPullResult Pull(Span<FlowOpResult> results) => _queue.Pull(results);

    public FlowCountResult QueryCount(object handle)
    {
        FlowQueryResult result = _flow.QueryCount((FlowRule)handle);
        return new FlowCountResult(result.Counters, result.Rejection);
    }

    public RuleRejection? Flush() => _flow.Flush();
}
