using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Interpreter;

/// <summary>The headers of one packet, host order: what rules look at, without bytes.</summary>
/// <param name="Src">Source address; its family is the packet's.</param>
/// <param name="Dst">Destination address, same family.</param>
/// <param name="Proto">IP protocol of the upper layer: the last next-header value of an IPv6 chain.</param>
public sealed record PacketHeaders(IpAddr Src, IpAddr Dst, byte Proto)
{
    /// <summary>IPv6 fragment header (RFC 8200, 4.5).</summary>
    public const byte FragmentHeader = 44;

    /// <summary>Extension headers of an IPv6 packet in order, by their next-header values; empty for IPv4.</summary>
    public ImmutableArray<byte> Extensions { get; init; } = [];

    /// <summary>Offset in units of 8 bytes; not zero in a later fragment.</summary>
    public ushort FragmentOffset { get; init; }

    /// <summary>More fragments follow.</summary>
    public bool MoreFragments { get; init; }

    /// <summary>The IPv4 don't-fragment flag.</summary>
    public bool DontFragment { get; init; }

    public ushort SrcL4Port { get; init; }

    public ushort DstL4Port { get; init; }

    public byte TcpFlags { get; init; }

    public byte IcmpType { get; init; }

    public byte IcmpCode { get; init; }

    /// <summary>Destination MAC as a 48-bit number.</summary>
    public ulong EthDst { get; init; }

    /// <summary>Source MAC as a 48-bit number.</summary>
    public ulong EthSrc { get; init; }

    /// <summary>Tag control information of the one VLAN tag, or null.</summary>
    public ushort? VlanTci { get; init; }

    public IpFamily Family => Src.Family;

    public bool IsLaterFragment => FragmentOffset != 0;

    /// <summary>A fragment with offset 0 that is not the whole packet.</summary>
    public bool IsFirstFragment => FragmentOffset == 0 && MoreFragments;

    public bool HasFragmentHeader => Extensions.Contains(FragmentHeader);

    /// <summary>The 16-bit word of the IPv4 header: reserved, DF, MF, offset (RFC 791, 3.1).</summary>
    public ushort Ipv4FragmentWord =>
        (ushort)((DontFragment ? 0x4000 : 0) | (MoreFragments ? 0x2000 : 0) | FragmentOffset);

    /// <summary>The 16-bit word of the IPv6 fragment header: offset, reserved, M (RFC 8200, 4.5).</summary>
    public ushort Ipv6FragmentWord => (ushort)((FragmentOffset << 3) | (MoreFragments ? 1 : 0));

    /// <summary>Next-header value of the IPv6 fixed header.</summary>
    public byte FirstNextHeader => Extensions.IsEmpty ? Proto : Extensions[0];
}
