using System.Runtime.InteropServices;

namespace Dpdk.Raw;

/// <summary>struct rte_flow_attr of rte_flow.h.</summary>
[StructLayout(LayoutKind.Explicit, Size = 12)]
internal struct rte_flow_attr
{
    [FieldOffset(0)] public uint group;
    [FieldOffset(4)] public uint priority;

    /// <summary>The bit-fields: bit 0 ingress, bit 1 egress, bit 2 transfer; the rest is reserved and zero.</summary>
    [FieldOffset(8)] private uint _bits;

    public uint ingress
    {
        readonly get => _bits & 1;
        set => _bits = Bits.Set(_bits, 0, 1, value);
    }

    public uint egress
    {
        readonly get => (_bits >> 1) & 1;
        set => _bits = Bits.Set(_bits, 1, 1, value);
    }

    public uint transfer
    {
        readonly get => (_bits >> 2) & 1;
        set => _bits = Bits.Set(_bits, 2, 1, value);
    }

    /// <summary>All three bits in one write.</summary>
    internal void SetDirections(bool isIngress, bool isEgress, bool isTransfer) =>
        _bits = (isIngress ? 1u : 0u) | (isEgress ? 2u : 0u) | (isTransfer ? 4u : 0u);
}

/// <summary>struct rte_flow_item.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal unsafe struct rte_flow_item
{
    [FieldOffset(0)] public rte_flow_item_type type;
    [FieldOffset(8)] public void* spec;
    [FieldOffset(16)] public void* last;
    [FieldOffset(24)] public void* mask;
}

/// <summary>struct rte_flow_action.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct rte_flow_action
{
    [FieldOffset(0)] public rte_flow_action_type type;
    [FieldOffset(8)] public void* conf;
}

/// <summary>struct rte_flow_error; drivers fill it on failure only, and not always: zero it first.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
internal unsafe struct rte_flow_error
{
    [FieldOffset(0)] public int type;
    [FieldOffset(8)] public void* cause;
    [FieldOffset(16)] public byte* message;
}

/// <summary>struct rte_flow_query_count.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
internal struct rte_flow_query_count
{
    /// <summary>The bit-fields: bit 0 reset (in), bit 1 hits_set (out), bit 2 bytes_set (out).</summary>
    [FieldOffset(0)] private uint _bits;

    [FieldOffset(8)] public ulong hits;
    [FieldOffset(16)] public ulong bytes;

    public uint reset
    {
        readonly get => _bits & 1;
        set => _bits = Bits.Set(_bits, 0, 1, value);
    }

    public uint hits_set
    {
        readonly get => (_bits >> 1) & 1;
        set => _bits = Bits.Set(_bits, 1, 1, value);
    }

    public uint bytes_set
    {
        readonly get => (_bits >> 2) & 1;
        set => _bits = Bits.Set(_bits, 2, 1, value);
    }
}

/// <summary>struct rte_flow_query_age.</summary>
[StructLayout(LayoutKind.Explicit, Size = 4)]
internal struct rte_flow_query_age
{
    /// <summary>The bit-fields: bit 6 aged, bit 7 sec_since_last_hit_valid, bits 8..31 sec_since_last_hit.</summary>
    [FieldOffset(0)] private uint _bits;

    public uint aged
    {
        readonly get => (_bits >> 6) & 1;
        set => _bits = Bits.Set(_bits, 6, 1, value);
    }

    public uint sec_since_last_hit_valid
    {
        readonly get => (_bits >> 7) & 1;
        set => _bits = Bits.Set(_bits, 7, 1, value);
    }

    public uint sec_since_last_hit
    {
        readonly get => _bits >> 8;
        set => _bits = Bits.Set(_bits, 8, 24, value);
    }
}

/// <summary>
/// Exported functions of rte_flow.h. Unless said otherwise: 0, or a negative errno with rte_errno set.
/// </summary>
internal static unsafe partial class RteFlow
{
    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_flow_validate(
        ushort port_id, rte_flow_attr* attr, rte_flow_item* pattern, rte_flow_action* actions, rte_flow_error* error);

    /// <summary>The handle, or null with rte_errno (positive) set.</summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial void* rte_flow_create(
        ushort port_id, rte_flow_attr* attr, rte_flow_item* pattern, rte_flow_action* actions, rte_flow_error* error);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_flow_destroy(ushort port_id, void* flow, rte_flow_error* error);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_flow_flush(ushort port_id, rte_flow_error* error);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_flow_query(
        ushort port_id, void* flow, rte_flow_action* action, void* data, rte_flow_error* error);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_flow_isolate(ushort port_id, int set, rte_flow_error* error);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_flow_dev_dump(ushort port_id, void* flow, void* file, rte_flow_error* error);

    /// <summary>With 0 contexts the number of aged flows, else the number written; negative errno on failure.</summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_flow_get_aged_flows(
        ushort port_id, void** contexts, uint nb_contexts, rte_flow_error* error);
}
