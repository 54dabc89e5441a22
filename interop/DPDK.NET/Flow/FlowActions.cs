using System.Collections.Immutable;

namespace Dpdk.Flow;

/// <summary>An rte_flow action: immutable, without native memory. Source: rte_flow.h.</summary>
public abstract record FlowAction;

/// <summary>Drops the packet.</summary>
public sealed record DropAction : FlowAction;

/// <summary>Leaves the packet to later rules: no fate of its own.</summary>
public sealed record PassthruAction : FlowAction;

/// <summary>Counts packets and bytes; read with query.</summary>
public sealed record CountAction : FlowAction;

/// <summary>Delivers to one rx queue.</summary>
public sealed record QueueAction(ushort Index) : FlowAction;

/// <summary>Spreads over rx queues with the port's default hash and key.</summary>
public sealed record RssAction(ImmutableArray<ushort> Queues) : FlowAction;

/// <summary>Sets mbuf FDIR id and flag; 24 bits are portable.</summary>
public sealed record MarkAction(uint Id) : FlowAction;

/// <summary>Sets the mbuf FDIR flag without an id.</summary>
public sealed record FlagAction : FlowAction;

/// <summary>Goes on in another group.</summary>
public sealed record JumpAction(uint Group) : FlowAction;

/// <summary>Reports the rule as aged after so many seconds without a hit.</summary>
public sealed record AgeAction(uint TimeoutSeconds) : FlowAction;

/// <summary>Sends to the entity that a DPDK port represents (transfer only).</summary>
public sealed record RepresentedPortAction(ushort EthPortId) : FlowAction;
