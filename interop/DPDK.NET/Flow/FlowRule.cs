namespace Dpdk.Flow;

/// <summary>
/// A rule that a port took. It has no finalizer on purpose: rules are removed by <see cref="FlowApi.Destroy"/>, a
/// flush,
/// or the port's stop, in an order that the caller decides.
/// </summary>
public sealed unsafe class FlowRule
{
    internal FlowRule(FlowSpec spec, ushort ethPortId, void* handle)
    {
        Spec = spec;
        EthPortId = ethPortId;
        Handle = handle;
    }

    /// <summary>What was installed.</summary>
    public FlowSpec Spec { get; }

    /// <summary>The port it is on.</summary>
    public ushort EthPortId { get; }

    /// <summary>False after destroy, flush or stop.</summary>
    public bool IsInstalled => Handle != null;

    internal void* Handle { get; set; }

    /// <summary>It is a flow queue's, and goes by that.</summary>
    internal bool IsQueued { get; init; }

    /// <summary>Its place among the rules of the port.</summary>
    internal int Slot { get; set; }
}
