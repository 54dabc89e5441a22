using Dpdk.Flow;

namespace NetPolNic.Offload.Apply;

/// <summary>The rules of one DPDK port, as the reconciler needs them. Refusals are values, never exceptions.</summary>
public interface IFlowTable
{
    /// <summary>Creates a rule.</summary>
    FlowCreateResult Create(FlowSpec spec);

    /// <summary>Destroys a rule by the handle that <see cref="Create"/> gave.</summary>
    /// <returns>Null where the rule is gone; else why it may still be there.</returns>
    RuleRejection? Destroy(object handle);

    /// <summary>Reads what a rule with a count action has seen since it was created.</summary>
    FlowCountResult QueryCount(object handle);
}
