using Dpdk.Flow;

namespace NetPolNic.Offload.Apply;

/// <summary>The rules of one DPDK port, as the reconciler needs them. Refusals are values, never exceptions.</summary>
public interface IFlowTable
{
    /// <summary>
    /// Rules that are best given at once. Those of one call come and go in any order, and all of them have come or gone, or
    /// have been refused, when the call returns.
    /// </summary>
    int BatchSize => 1;

    /// <summary>
    /// What became of some operation is not known, or a rule that should be gone has no handle any more: nothing works before
    /// a <see cref="Flush"/> has.
    /// </summary>
    bool NeedsFlush => false;

    /// <summary>Creates a rule.</summary>
    FlowCreateResult Create(FlowSpec spec);

    /// <summary>Creates rules that do not depend on each other.</summary>
    /// <param name="specs">The rules, at most <see cref="BatchSize"/>.</param>
    /// <param name="results">One for each; written for those that were tried.</param>
    /// <returns>How many were tried: those behind one for which there is no room may be left.</returns>
    int Create(ReadOnlySpan<FlowSpec> specs, Span<FlowCreateResult> results)
    {
        for (int i = 0; i < specs.Length; i++)
        {
            results[i] = Create(specs[i]);
        }

        return specs.Length;
    }

    /// <summary>Destroys a rule by the handle that a creation gave.</summary>
    /// <returns>Null where the rule is gone; else why it may still be there.</returns>
    RuleRejection? Destroy(object handle);

    /// <summary>Destroys rules by their handles.</summary>
    /// <param name="handles">The handles, at most <see cref="BatchSize"/>.</param>
    /// <param name="rejections">For each null where the rule is gone, else why it may still be there.</param>
    void Destroy(ReadOnlySpan<object> handles, Span<RuleRejection?> rejections)
    {
        for (int i = 0; i < handles.Length; i++)
        {
            rejections[i] = Destroy(handles[i]);
        }
    }

    /// <summary>Reads what a rule with a count action has seen since it was created.</summary>
    FlowCountResult QueryCount(object handle);

    /// <summary>The end of a step: what the port holds without need can go.</summary>
    void Tidy()
    {
    }

    /// <summary>Takes every rule of the port out; null on success, and all handles are void then.</summary>
    RuleRejection? Flush() => null;

    /// <summary>The port has lost its rules: all handles are void.</summary>
    void Forget()
    {
    }
}
