using Dpdk.Flow;

namespace NetPolNic.Offload.Apply;

/// <summary>
/// Rules by templates, and a queue of operations, as <see cref="AsyncFlowTable"/> needs them; <see cref="AsyncFlowApi"/> has
/// the semantics. Refusals are values, never exceptions.
/// </summary>
public interface IFlowOperations
{
    /// <summary>Operations that can be on their way at once.</summary>
    int Size { get; }

    /// <summary>Makes a table for rules of a shape; exactly one of the two is null.</summary>
    (object? Table, RuleRejection? Rejection) CreateTable(FlowSpec shape, int capacity);

    /// <summary>Removes a table without rules; null on success.</summary>
    RuleRejection? DestroyTable(object table);

    /// <summary>Enqueues a creation. Its handle is to be destroyed even if the creation fails.</summary>
    FlowCreateResult EnqueueCreate(object table, FlowSpec spec, nint token);

    /// <summary>Enqueues a destruction; null on success, and the handle is void then.</summary>
    RuleRejection? EnqueueDestroy(object handle, nint token);

    /// <summary>Has the port begin with what was enqueued; null on success.</summary>
    RuleRejection? Push();

    /// <summary>Fetches results as far as there are any.</summary>
    FlowPullResult Pull(Span<FlowOpResult> results);

    /// <summary>Reads a rule's count action.</summary>
    FlowCountResult QueryCount(object handle);

    /// <summary>Takes out every rule and every table, and cancels what is on its way; null on success.</summary>
    RuleRejection? Flush();
}
