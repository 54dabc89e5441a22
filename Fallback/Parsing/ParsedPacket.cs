namespace NetPolNic.Fallback.Parsing;

/// <summary>What <see cref="PacketParser"/> read from one frame. Blittable; reused per packet.</summary>
internal struct ParsedPacket
{
    /// <summary>The packet's tuple; for a later fragment without ports.</summary>
    public FlowKey Key;

    /// <summary>Destination MAC in the low 48 bits, first byte on the wire highest.</summary>
    public ulong DstMac;

    /// <summary>Source MAC in the low 48 bits.</summary>
    public ulong SrcMac;

    /// <summary>TCP sequence number.</summary>
    public uint TcpSeq;

    /// <summary>TCP acknowledgement number; counts where the flag is set.</summary>
    public uint TcpAck;

    /// <summary>TCP window field, not scaled.</summary>
    public ushort TcpWindow;

    /// <summary>TCP flags, 0x02 SYN.</summary>
    public byte TcpFlags;

    /// <summary>TCP with SYN: the window scale offered, or 15 where none is.</summary>
    public byte TcpScale;

    /// <summary>TCP: bytes behind the header in this packet.</summary>
    public int L4PayloadBytes;

    /// <summary>IPv4 identification, or the one of the IPv6 fragment header.</summary>
    public uint FragmentId;

    /// <summary>Outer VLAN id, or 0.</summary>
    public ushort VlanId;

    /// <summary>
    /// Protocol a datagram's fragments have in common: IPv4 protocol, or next header of the fragment header.
    /// </summary>
    public byte FragmentProto;

    public ParseStatus Status;

    public FragmentKind Fragment;

    public L4Kind L4;

    /// <summary>Inside an ICMP error: what the embedded packet is (its direction matters for ICMP queries).</summary>
    public L4Kind EmbeddedL4;

    /// <summary>ARP and neighbour discovery: the frame says that the sender has <see cref="ClaimedAddr"/>.</summary>
    public bool ClaimsAddr;

    /// <summary>The NIC marked it as passed: a hint that is verified, never trusted. Not the parser's to set.</summary>
    public bool IsMarked;

    /// <summary>
    /// Address that an ARP or neighbour discovery message says its sender has, of <see cref="Key"/>'s version (ARP: 4).
    /// </summary>
    public UInt128 ClaimedAddr;

    /// <summary>MAC address that it says belongs to it.</summary>
    public ulong ClaimedMac;

    /// <summary>Tuple of the packet inside an ICMP error, as that packet travelled.</summary>
    public FlowKey Embedded;

    /// <summary>ARP sender protocol address (IPv4); 0 for other frames.</summary>
    public uint ArpSenderAddr
    {
        readonly get => Status == ParseStatus.Arp ? unchecked((uint)ClaimedAddr) : 0;
        set
        {
            ClaimedAddr = value;
            ClaimsAddr = value != 0;
        }
    }

    /// <summary>Whether the destination MAC is a group address.</summary>
    public readonly bool IsGroupMac => ((DstMac >> 40) & 1) != 0;

    /// <summary>Whether the destination address is multicast or the limited broadcast address.</summary>
    public readonly bool IsGroupAddr => Key.IpVersion == 4
        ? (ulong)Key.DstAddr >> 28 == 0xe || (ulong)Key.DstAddr == uint.MaxValue
        : Key.DstAddr >> 120 == 0xff;
}
