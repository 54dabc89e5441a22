namespace NetPolNic.Fallback.Classifier;

/// <summary>
/// The native, immutable form of one isolated policy set: peer address → open ports. Single addresses stand in a hash
/// table, blocks in a sorted list. A block may run over single addresses, which are looked for first.
/// </summary>
internal unsafe struct SetTable
{
    /// <summary>First address of each block, ascending; the first starts at address 0.</summary>
    public uint* V4Starts;

    /// <summary>Index in <see cref="Lists"/> of each block, parallel to <see cref="V4Starts"/>.</summary>
    public int* V4Lists;

    public V4Host* V4Hosts;

    public UInt128* V6Starts;

    public int* V6Lists;

    public V6Host* V6Hosts;

    public PortList* Lists;

    public L4PortInterval* Intervals;

    public int V4Count;

    public int V6Count;

    /// <summary>Slots, half of them free; 0 where there is no single address.</summary>
    public uint V4HostSlots;

    /// <summary>Slots, half of them free; 0 where there is no single address.</summary>
    public uint V6HostSlots;
}

/// <summary>One slot of the table of single IPv4 addresses.</summary>
internal struct V4Host
{
    public uint Addr;

    /// <summary>Index of the port list plus one; 0 is a free slot.</summary>
    public int ListPlusOne;
}

/// <summary>One slot of the table of single IPv6 addresses.</summary>
internal struct V6Host
{
    public UInt128 Addr;

    /// <summary>Index of the port list plus one; 0 is a free slot.</summary>
    public int ListPlusOne;
}

/// <summary>The ports that are open to some addresses.</summary>
internal struct PortList
{
    public int Start;
    public int Count;

    /// <summary>Not 0: every IP protocol (S-b16).</summary>
    public byte AllTraffic;
}

/// <summary>Ports First to Last of one protocol; each is protocol &lt;&lt; 16 | port.</summary>
internal struct L4PortInterval
{
    public uint First;
    public uint Last;
}
