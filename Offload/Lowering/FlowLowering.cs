using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Lowering;

/// <summary>
/// Lowers regions to rte_flow patterns within the allow-list of a NIC. Nothing is emitted that the profile does not
/// list; what could not be emitted is told by the consumed bits. Spec bits outside a mask are never set, and a field
/// always has both spec and mask.
/// </summary>
public sealed class FlowLowering
{
    /// <summary>
    /// Fragment offset and the more-fragments flag: zero in a packet that is no fragment (RFC 791, 3.1).
    /// </summary>
    private const ushort FragmentMask = 0x3fff;

    /// <summary>The don't-fragment flag, the one bit of the word that a whole packet may have set.</summary>
    private const ushort DontFragment = 0x4000;

    private static readonly EthItem s_eth = new();

    private readonly NicCapabilities _nic;
    private readonly MaskKind[] _kinds;
    private readonly bool[] _items;

    public FlowLowering(NicCapabilities nic)
    {
        ArgumentNullException.ThrowIfNull(nic);
        _nic = nic;
        _kinds = [.. Enum.GetValues<MatchField>().Select(nic.KindOf)];
        _items = [.. Enum.GetValues<NicItem>().Select(nic.Has)];
    }

    /// <summary>As <see cref="NicCapabilities.KindOf"/>, without a search.</summary>
    internal MaskKind KindOf(MatchField field) => _kinds[(int)field];

    /// <summary>As <see cref="NicCapabilities.Has(NicItem)"/>, without a search.</summary>
    internal bool Has(NicItem item) => _items[(int)item];

    /// <summary>Lowers one region.</summary>
    public LoweringResult Lower(FlowMatch region)
    {
        bool v4 = region.Family == IpFamily.V4;
        if (!Has(v4 ? NicItem.Ipv4 : NicItem.Ipv6))
        {
            return new LoweringResult([], default, v4 ? MatchField.Ipv4Dst : MatchField.Ipv6Dst);
        }

        ConsumedBits consumed = new() { Family = true };
        FlowItem? l4 = LowerL4(region, ref consumed);
        ImmutableArray<FlowItem> headers = v4
            ? LowerIpv4(region, l4 is not null, ref consumed)
            : [LowerIpv6(region, l4 is not null, ref consumed)];
        ImmutableArray<ImmutableArray<FlowItem>> patterns = headers.Length == 1
            ? [Pattern(headers[0], l4)]
            : [.. headers.Select(header => Pattern(header, l4))];
        return new LoweringResult(patterns, consumed, consumed.FirstMissing(region));
    }

    private ImmutableArray<FlowItem> Pattern(FlowItem ip, FlowItem? l4)
    {
        bool eth = Has(NicItem.Eth);
        return (eth, l4) switch
        {
            (true, null) => [s_eth, ip],
            (true, _) => [s_eth, ip, l4],
            (false, null) => [ip],
            _ => [ip, l4],
        };
    }

    private FlowItem? LowerL4(FlowMatch region, ref ConsumedBits consumed)
    {
        if (region.ProtoBy != ProtoBy.L4 || L4Fields.ItemOf(region.Proto) is not NicItem item || !Has(item))
        {
            return null;
        }

        FieldMatch<ushort>? src = Ports(region.SrcL4Ports, L4Fields.Of(region.Proto, source: true));
        FieldMatch<ushort>? dst = Ports(region.DstL4Ports, L4Fields.Of(region.Proto, source: false));
        // Where an item without fields is the protocol byte it matches later fragments, which an L4 region has none of; a
        // region without fragments keeps its own account of them.
        bool byteAlone = _nic.L4OnFragments.Value is FragmentL4.Any or FragmentL4.Unknown;
        consumed = consumed with
        {
            Proto = !byteAlone || region.NotFragment || src is not null || dst is not null,
            SrcL4Mask = src?.Mask ?? 0,
            DstL4Mask = dst?.Mask ?? 0,
        };
        switch (item)
        {
            case NicItem.Udp:
                return new UdpItem(src, dst);
            case NicItem.Sctp:
                return new SctpItem(src, dst);
            default:
                FieldMatch<byte>? flags = null;
                byte mask = region.TcpFlagsMask;
                if (mask != 0 && Allows(MatchField.TcpFlags, mask, byte.MaxValue, 8))
                {
                    flags = new FieldMatch<byte>((byte)(region.TcpFlagsSpec & mask), mask);
                    consumed = consumed with { TcpFlagsMask = mask };
                }

                return new TcpItem(src, dst, flags);
        }
    }

    private ImmutableArray<FlowItem> LowerIpv4(FlowMatch region, bool hasL4, ref ConsumedBits consumed)
    {
        FieldMatch<uint>? src = null;
        FieldMatch<uint>? dst = null;
        if (Address(region.Src, MatchField.Ipv4Src) is { } source)
        {
            src = new FieldMatch<uint>((uint)source.Spec, (uint)source.Mask);
            consumed = consumed with { SrcMask = source.Mask };
        }

        if (Address(region.Dst, MatchField.Ipv4Dst) is { } destination)
        {
            dst = new FieldMatch<uint>((uint)destination.Spec, (uint)destination.Mask);
            consumed = consumed with { DstMask = destination.Mask };
        }

        FieldMatch<byte>? proto = HeaderProto(region, hasL4, MatchField.Ipv4Proto, ref consumed);
        if (!region.NotFragment)
        {
            return [new Ipv4Item(src, dst, proto)];
        }

        MaskKind kind = KindOf(MatchField.Ipv4Frag);
        bool byItem = hasL4 && _nic.L4OnFragments.Value == FragmentL4.Miss;
        consumed = consumed with { NotFragment = kind != MaskKind.None || byItem };
        return kind switch
        {
            MaskKind.None => [new Ipv4Item(src, dst, proto)],
            MaskKind.Any or MaskKind.Range => [new Ipv4Item(src, dst, proto, new FieldMatch<ushort>(0, FragmentMask))],
            _ =>
            [
                new Ipv4Item(src, dst, proto, new FieldMatch<ushort>(0, ushort.MaxValue)),
                new Ipv4Item(src, dst, proto, new FieldMatch<ushort>(DontFragment, ushort.MaxValue)),
            ],
        };
    }

    private Ipv6Item LowerIpv6(FlowMatch region, bool hasL4, ref ConsumedBits consumed)
    {
        FieldMatch<UInt128>? src = Address(region.Src, MatchField.Ipv6Src);
        FieldMatch<UInt128>? dst = Address(region.Dst, MatchField.Ipv6Dst);
        consumed = consumed with { SrcMask = src?.Mask ?? 0, DstMask = dst?.Mask ?? 0 };
        FieldMatch<byte>? proto = HeaderProto(region, hasL4, MatchField.Ipv6Proto, ref consumed);
        FieldMatch<byte>? hasFrag = null;
        if (region.NotFragment)
        {
            // The L4 protocol directly after the fixed header leaves no room for a fragment header.
            bool first = _nic.Ipv6ProtoIs.Value == Ipv6Proto.First;
            if (proto is null && first && region.Proto is byte number &&
                KindOf(MatchField.Ipv6Proto) >= MaskKind.Exact)
            {
                proto = new FieldMatch<byte>(number, byte.MaxValue);
            }

            bool byItem = hasL4 && (_nic.Ipv6Extensions.Value == Ipv6Extensions.None ||
                _nic.L4OnFragments.Value == FragmentL4.Miss);
            if (proto is null && !byItem && hasL4 && KindOf(MatchField.Ipv6HasFrag) >= MaskKind.Exact)
            {
                hasFrag = new FieldMatch<byte>(0, 1);
            }

            consumed = consumed with { NotFragment = (first && proto is not null) || byItem || hasFrag is not null };
        }

        return new Ipv6Item(src, dst, proto, hasFrag);
    }

    // Where the L4 item is missing the header's byte stands in: it matches later fragments too, and the fragment match
    // keeps its own account.
    private FieldMatch<byte>? HeaderProto(FlowMatch region, bool hasL4, MatchField field, ref ConsumedBits consumed)
    {
        if (region.Proto is not byte number || hasL4 || KindOf(field) < MaskKind.Exact)
        {
            return null;
        }

        consumed = consumed with { Proto = true };
        return new FieldMatch<byte>(number, byte.MaxValue);
    }

    private FieldMatch<UInt128>? Address(IpPrefix prefix, MatchField field)
    {
        UInt128 full = prefix.Family == IpFamily.V4 ? uint.MaxValue : UInt128.MaxValue;
        return prefix.Length > 0 && Allows(field, prefix.Mask, full, prefix.Addr.Bits)
            ? new FieldMatch<UInt128>(prefix.Addr.Value, prefix.Mask)
            : null;
    }

    private FieldMatch<ushort>? Ports(L4Interval ports, MatchField field)
    {
        if (ports.IsFull)
        {
            return null;
        }

        if (ports.IsBlock)
        {
            return Allows(field, ports.BlockMask, ushort.MaxValue, 16)
                ? new FieldMatch<ushort>(ports.First, ports.BlockMask)
                : null;
        }

        return KindOf(field) == MaskKind.Range
            ? new FieldMatch<ushort>(ports.First, ushort.MaxValue, ports.Last)
            : null;
    }

    private bool Allows(MatchField field, UInt128 mask, UInt128 fullMask, int bits)
    {
        MaskKind kind = KindOf(field);
        return kind switch
        {
            MaskKind.None => false,
            MaskKind.Exact => mask == fullMask,
            MaskKind.Prefix => IsPrefix(mask, bits),
            _ => true,
        };
    }

    private static bool IsPrefix(UInt128 mask, int bits)
    {
        int length = (int)UInt128.PopCount(mask);
        UInt128 full = bits == 128 ? UInt128.MaxValue : (UInt128.One << bits) - 1;
        UInt128 expected = length == 0 ? 0 : full & ~((UInt128.One << (bits - length)) - 1);
        return mask == expected;
    }
}
