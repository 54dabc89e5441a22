namespace Dpdk.Flow;

/// <summary>
/// A template table with one pattern template and one actions template: rules of one place, one kind of match and one kind
/// of actions. It goes by <see cref="AsyncFlowApi.DestroyTable"/>, a flush, or the port's stop.
/// </summary>
public sealed unsafe class TemplateTable
{
    internal TemplateTable(uint capacity) => Capacity = capacity;

    /// <summary>Rules that it holds at most.</summary>
    public uint Capacity { get; }

    internal void* Pattern { get; set; }

    internal void* Actions { get; set; }

    internal void* Handle { get; set; }
}
