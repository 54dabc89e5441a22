using System.Collections.Immutable;

namespace NetPolNic.Offload.Planning;

/// <summary>What a plan shall look like besides the policy.</summary>
public sealed record PlanOptions
{
    public static PlanOptions Default { get; } = new();

    /// <summary>Connections outlive the policy that allowed them (SEMANTICS b15, <c>--established keep</c>).</summary>
    public bool KeepEstablished { get; init; }

    /// <summary>Rules count their hits, where the NIC can.</summary>
    public bool Count { get; init; } = true;

    /// <summary>Rx queues that punts and passes deliver to, never empty; several are spread by RSS.</summary>
    public ImmutableArray<ushort> Queues { get; init; } = [0];

    /// <summary>An address block or port range that takes more rules than this is widened instead.</summary>
    public int MaxExpansion { get; init; } = 64;
}
