using System.Runtime.InteropServices;

namespace Dpdk.Raw;

/// <summary>struct rte_flow_port_info of rte_flow.h: what the flow engine has; 0 means not supported.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
internal struct rte_flow_port_info
{
    [FieldOffset(0)] public uint max_nb_queues;
    [FieldOffset(4)] public uint max_nb_counters;
    [FieldOffset(8)] public uint max_nb_aging_objects;
    [FieldOffset(12)] public uint max_nb_meters;
    [FieldOffset(16)] public uint max_nb_conn_tracks;
    [FieldOffset(20)] public uint supported_flags;
}

/// <summary>struct rte_flow_queue_info.</summary>
[StructLayout(LayoutKind.Explicit, Size = 4)]
internal struct rte_flow_queue_info
{
    [FieldOffset(0)] public uint max_size;
}

/// <summary>struct rte_flow_port_attr: what is to be set aside; 0 means on demand.</summary>
[StructLayout(LayoutKind.Explicit, Size = 20)]
internal struct rte_flow_port_attr
{
    [FieldOffset(0)] public uint nb_counters;
    [FieldOffset(4)] public uint nb_aging_objects;
    [FieldOffset(8)] public uint nb_meters;
    [FieldOffset(12)] public uint nb_conn_tracks;
    [FieldOffset(16)] public uint flags;
}

/// <summary>struct rte_flow_queue_attr.</summary>
[StructLayout(LayoutKind.Explicit, Size = 4)]
internal struct rte_flow_queue_attr
{
    [FieldOffset(0)] public uint size;
}

/// <summary>struct rte_flow_pattern_template_attr.</summary>
[StructLayout(LayoutKind.Explicit, Size = 4)]
internal struct rte_flow_pattern_template_attr
{
    /// <summary>The bit-fields: bit 0 relaxed_matching, 1 ingress, 2 egress, 3 transfer.</summary>
    [FieldOffset(0)] private uint _bits;

    public uint relaxed_matching
    {
        readonly get => _bits & 1;
        set => _bits = Bits.Set(_bits, 0, 1, value);
    }

    public uint ingress
    {
        readonly get => (_bits >> 1) & 1;
        set => _bits = Bits.Set(_bits, 1, 1, value);
    }

    public uint egress
    {
        readonly get => (_bits >> 2) & 1;
        set => _bits = Bits.Set(_bits, 2, 1, value);
    }

    public uint transfer
    {
        readonly get => (_bits >> 3) & 1;
        set => _bits = Bits.Set(_bits, 3, 1, value);
    }
}

/// <summary>struct rte_flow_actions_template_attr.</summary>
[StructLayout(LayoutKind.Explicit, Size = 4)]
internal struct rte_flow_actions_template_attr
{
    /// <summary>The bit-fields: bit 0 ingress, 1 egress, 2 transfer.</summary>
    [FieldOffset(0)] private uint _bits;

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
}

/// <summary>struct rte_flow_template_table_attr.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct rte_flow_template_table_attr
{
    [FieldOffset(0)] public rte_flow_attr flow_attr;
    [FieldOffset(12)] public uint nb_flows;
}

/// <summary>struct rte_flow_op_attr.</summary>
[StructLayout(LayoutKind.Explicit, Size = 4)]
internal struct rte_flow_op_attr
{
    /// <summary>The bit-fields: bit 0 postpone.</summary>
    [FieldOffset(0)] private uint _bits;

    public uint postpone
    {
        readonly get => _bits & 1;
        set => _bits = Bits.Set(_bits, 0, 1, value);
    }
}

/// <summary>enum rte_flow_op_status.</summary>
internal enum rte_flow_op_status
{
    RTE_FLOW_OP_SUCCESS = 0,
    RTE_FLOW_OP_ERROR = 1,
}

/// <summary>struct rte_flow_op_result: a status without an errno.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct rte_flow_op_result
{
    [FieldOffset(0)] public rte_flow_op_status status;
    [FieldOffset(8)] public void* user_data;
}

/// <summary>
/// The template and queue functions of rte_flow.h, experimental in 22.11. But for <see cref="rte_flow_info_get"/> they call
/// the driver without looking whether it has them: only where that one succeeds are the others to be called. Unless said
/// otherwise: 0, or a negative errno with rte_errno set.
/// </summary>
internal static unsafe partial class RteFlowAsync
{
    /// <summary>The port must have been configured.</summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_flow_info_get(
        ushort port_id, rte_flow_port_info* port_info, rte_flow_queue_info* queue_info, rte_flow_error* error);

    /// <summary>The port must have been configured and must not run.</summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_flow_configure(
        ushort port_id,
        rte_flow_port_attr* port_attr,
        ushort nb_queue,
        rte_flow_queue_attr** queue_attr,
        rte_flow_error* error);

    /// <summary>The handle, or null with rte_errno (positive) set.</summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial void* rte_flow_pattern_template_create(
        ushort port_id, rte_flow_pattern_template_attr* template_attr, rte_flow_item* pattern, rte_flow_error* error);

    /// <summary>No table may use it any more.</summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_flow_pattern_template_destroy(
        ushort port_id, void* pattern_template, rte_flow_error* error);

    /// <summary>The handle, or null with rte_errno (positive) set.</summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial void* rte_flow_actions_template_create(
        ushort port_id,
        rte_flow_actions_template_attr* template_attr,
        rte_flow_action* actions,
        rte_flow_action* masks,
        rte_flow_error* error);

    /// <summary>No table may use it any more.</summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_flow_actions_template_destroy(
        ushort port_id, void* actions_template, rte_flow_error* error);

    /// <summary>The handle, or null with rte_errno (positive) set.</summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial void* rte_flow_template_table_create(
        ushort port_id,
        rte_flow_template_table_attr* table_attr,
        void** pattern_templates,
        byte nb_pattern_templates,
        void** actions_templates,
        byte nb_actions_templates,
        rte_flow_error* error);

    /// <summary>No rule may be in it any more.</summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_flow_template_table_destroy(
        ushort port_id, void* template_table, rte_flow_error* error);

    /// <summary>
    /// The rule's handle, or null with rte_errno (positive) set. The handle must be destroyed even if the result says that
    /// the rule was not inserted.
    /// </summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial void* rte_flow_async_create(
        ushort port_id,
        uint queue_id,
        rte_flow_op_attr* op_attr,
        void* template_table,
        rte_flow_item* pattern,
        byte pattern_template_index,
        rte_flow_action* actions,
        byte actions_template_index,
        void* user_data,
        rte_flow_error* error);

    /// <summary>On the queue that the rule was created on; the handle is void once this has succeeded.</summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_flow_async_destroy(
        ushort port_id, uint queue_id, rte_flow_op_attr* op_attr, void* flow, void* user_data, rte_flow_error* error);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_flow_push(ushort port_id, uint queue_id, rte_flow_error* error);

    /// <summary>The number of results, or a negative errno with rte_errno set.</summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_flow_pull(
        ushort port_id, uint queue_id, rte_flow_op_result* res, ushort n_res, rte_flow_error* error);
}
