using System.Runtime.CompilerServices;

namespace Dpdk.Raw;

/// <summary>char[26]: RTE_MEMPOOL_NAMESIZE.</summary>
[InlineArray(26)]
internal struct char_26
{
    public byte first;
}

/// <summary>char[29]: RTE_RING_NAMESIZE.</summary>
[InlineArray(29)]
internal struct char_29
{
    public byte first;
}

/// <summary>char[32]: RTE_MEMPOOL_OPS_NAMESIZE.</summary>
[InlineArray(32)]
internal struct char_32
{
    public byte first;
}

/// <summary>char[64]: RTE_ETH_XSTATS_NAME_SIZE.</summary>
[InlineArray(64)]
internal struct char_64
{
    public byte first;
}

/// <summary>uint8_t[6]: an Ethernet address.</summary>
[InlineArray(6)]
internal struct uint8_t_6
{
    public byte first;
}

/// <summary>uint8_t[16]: an IPv6 address.</summary>
[InlineArray(16)]
internal struct uint8_t_16
{
    public byte first;
}

/// <summary>uint32_t[9]: dynamic fields of an mbuf.</summary>
[InlineArray(9)]
internal struct uint32_t_9
{
    public uint first;
}

/// <summary>void *[1024]: twice RTE_MEMPOOL_CACHE_MAX_SIZE.</summary>
[InlineArray(1024)]
internal struct pointer_1024
{
    public nint first;
}
