using System.Runtime.InteropServices;

namespace Dpdk.Raw;

/// <summary>struct rte_flow_action_mark.</summary>
[StructLayout(LayoutKind.Explicit, Size = 4)]
internal struct rte_flow_action_mark
{
    [FieldOffset(0)] public uint id;
}

/// <summary>struct rte_flow_action_queue.</summary>
[StructLayout(LayoutKind.Explicit, Size = 2)]
internal struct rte_flow_action_queue
{
    [FieldOffset(0)] public ushort index;
}

/// <summary>struct rte_flow_action_rss; zero function, level, types and key mean the port's defaults.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal unsafe struct rte_flow_action_rss
{
    [FieldOffset(0)] public uint func;
    [FieldOffset(4)] public uint level;
    [FieldOffset(8)] public ulong types;
    [FieldOffset(16)] public uint key_len;
    [FieldOffset(20)] public uint queue_num;
    [FieldOffset(24)] public byte* key;
    [FieldOffset(32)] public ushort* queue;
}

/// <summary>struct rte_flow_action_count.</summary>
[StructLayout(LayoutKind.Explicit, Size = 4)]
internal struct rte_flow_action_count
{
    [FieldOffset(0)] public uint id;
}

/// <summary>struct rte_flow_action_jump.</summary>
[StructLayout(LayoutKind.Explicit, Size = 4)]
internal struct rte_flow_action_jump
{
    [FieldOffset(0)] public uint group;
}

/// <summary>struct rte_flow_action_age; a null context makes get_aged_flows report the flow's handle.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct rte_flow_action_age
{
    /// <summary>The bit-fields: bits 0..23 timeout in seconds.</summary>
    [FieldOffset(0)] private uint _bits;

    [FieldOffset(8)] public void* context;

    public uint timeout
    {
        readonly get => _bits & 0xffffff;
        set => _bits = Bits.Set(_bits, 0, 24, value);
    }
}

/// <summary>struct rte_flow_action_ethdev.</summary>
[StructLayout(LayoutKind.Explicit, Size = 2)]
internal struct rte_flow_action_ethdev
{
    [FieldOffset(0)] public ushort port_id;
}
