using System.Collections.Immutable;
using Dpdk.Flow;

namespace NetPolNic.Offload.Capabilities;

/// <summary>
/// The rules that a port is asked about: like those that plans have, with one address in full where the profile allows it,
/// because drivers refuse a pattern that matches on nothing.
/// </summary>
internal static class ProbePatterns
{
    // Documentation addresses, RFC 5737 and RFC 3849.
    private const uint Addr4 = 0xc000_0201;
    private static readonly UInt128 s_addr6 = new(0x2001_0db8_0000_0000, 1);

    /// <summary>The cheapest pattern that a rule of ours may have.</summary>
    internal static ImmutableArray<FlowItem> Least(NicCapabilities nic) =>
        nic.Has(NicItem.Ipv4) ? Pattern(nic, Ipv4(nic))
        : nic.Has(NicItem.Ipv6) ? Pattern(nic, Ipv6(nic))
        : [new EthItem()];

    /// <summary>A fate that the profile has: drop, else whatever delivers.</summary>
    internal static ImmutableArray<FlowAction> Fate(NicCapabilities nic) =>
        nic.Actions.ContainsKey(NicAction.Drop) || !nic.Actions.ContainsKey(NicAction.Queue)
            ? [new DropAction()]
            : [new QueueAction(0)];

    /// <summary>A list with the action, or null where our rules never have it.</summary>
    internal static ImmutableArray<FlowAction>? ActionsWith(NicAction action, NicCapabilities nic)
    {
        FlowAction? deliver = nic.Actions.ContainsKey(NicAction.Queue) ? new QueueAction(0) : null;
        return action switch
        {
            NicAction.Drop => [new DropAction()],
            NicAction.Queue => [new QueueAction(0)],
            NicAction.Count => [new CountAction(), .. Fate(nic)],
            NicAction.Mark when deliver is not null => [new MarkAction(1), deliver],
            NicAction.Jump when nic.Groups.Value > 1 => [new JumpAction(1)],
            _ => null,
        };
    }

    /// <summary>Patterns with the item, one per address family that the profile has; null where our rules never have it.</summary>
    internal static ImmutableArray<ImmutableArray<FlowItem>>? WithItem(NicItem item, NicCapabilities nic) => item switch
    {
        NicItem.Eth => [Least(nic)],
        NicItem.Ipv4 => [Pattern(nic, Ipv4(nic))],
        NicItem.Ipv6 => [Pattern(nic, Ipv6(nic))],
        NicItem.Tcp => Behind(nic, new TcpItem()),
        NicItem.Udp => Behind(nic, new UdpItem()),
        NicItem.Sctp => Behind(nic, new SctpItem()),
        NicItem.Icmp when nic.Has(NicItem.Ipv4) => [Pattern(nic, Ipv4(nic), new IcmpItem())],
        NicItem.Icmp6 when nic.Has(NicItem.Ipv6) => [Pattern(nic, Ipv6(nic), new Icmp6Item())],
        _ => null,
    };

    /// <summary>Patterns with the field under a mask of that kind; null where our rules never have it.</summary>
    internal static ImmutableArray<ImmutableArray<FlowItem>>? WithField(MatchField field, MaskKind kind, NicCapabilities nic)
    {
        FieldMatch<uint> addr4 = Field(Addr4, kind, 0xffff_ff00, 0xff00_ffff);
        FieldMatch<UInt128> addr6 = Field(
            s_addr6, kind, new UInt128(ulong.MaxValue, 0), new UInt128(ulong.MaxValue, ushort.MaxValue));
        FieldMatch<byte> proto = Field<byte>(6, kind, 0xfe, 0xf6);
        FieldMatch<ushort> port = Field<ushort>(1024, kind, 0xfc00, 0xff0f);
        return field switch
        {
            MatchField.Ipv4Src => [Pattern(nic, new Ipv4Item(Src: addr4))],
            MatchField.Ipv4Dst => [Pattern(nic, new Ipv4Item(Dst: addr4))],
            MatchField.Ipv4Proto => [Pattern(nic, Ipv4(nic) with { Proto = proto })],
            MatchField.Ipv4Frag => [Pattern(nic, Ipv4(nic) with
            {
                FragmentOffset = new FieldMatch<ushort>(0, kind >= MaskKind.Any ? (ushort)0x3fff : ushort.MaxValue),
            })],
            MatchField.Ipv6Src => [Pattern(nic, new Ipv6Item(Src: addr6))],
            MatchField.Ipv6Dst => [Pattern(nic, new Ipv6Item(Dst: addr6))],
            MatchField.Ipv6Proto => [Pattern(nic, Ipv6(nic) with { Proto = proto })],
            MatchField.Ipv6HasFrag => [Pattern(nic, Ipv6(nic) with { HasFragExt = new FieldMatch<byte>(0, 1) })],
            MatchField.TcpSrc => Behind(nic, new TcpItem(SrcL4Port: port)),
            MatchField.TcpDst => Behind(nic, new TcpItem(DstL4Port: port)),
            MatchField.TcpFlags => Behind(
                nic, new TcpItem(Flags: new FieldMatch<byte>(0x02, kind >= MaskKind.Any ? (byte)0x12 : byte.MaxValue))),
            MatchField.UdpSrc => Behind(nic, new UdpItem(SrcL4Port: port)),
            MatchField.UdpDst => Behind(nic, new UdpItem(DstL4Port: port)),
            MatchField.SctpSrc => Behind(nic, new SctpItem(SrcL4Port: port)),
            MatchField.SctpDst => Behind(nic, new SctpItem(DstL4Port: port)),
            _ => null,
        };
    }

    private static FieldMatch<T> Field<T>(T value, MaskKind kind, T prefix, T holes)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>, System.Numerics.IMinMaxValue<T> => kind switch
        {
            MaskKind.Range => new FieldMatch<T>(value, T.MaxValue, value + T.One),
            MaskKind.Any => new FieldMatch<T>(value & holes, holes),
            MaskKind.Prefix => new FieldMatch<T>(value & prefix, prefix),
            _ => new FieldMatch<T>(value, T.MaxValue),
        };

    private static ImmutableArray<ImmutableArray<FlowItem>> Behind(NicCapabilities nic, FlowItem l4)
    {
        ImmutableArray<ImmutableArray<FlowItem>>.Builder patterns =
            ImmutableArray.CreateBuilder<ImmutableArray<FlowItem>>(2);
        if (nic.Has(NicItem.Ipv4))
        {
            patterns.Add(Pattern(nic, Ipv4(nic), l4));
        }

        if (nic.Has(NicItem.Ipv6))
        {
            patterns.Add(Pattern(nic, Ipv6(nic), l4));
        }

        return patterns.DrainToImmutable();
    }

    private static Ipv4Item Ipv4(NicCapabilities nic) =>
        new(Dst: nic.KindOf(MatchField.Ipv4Dst) >= MaskKind.Exact ? FieldMatch.Exact(Addr4) : null);

    private static Ipv6Item Ipv6(NicCapabilities nic) =>
        new(Dst: nic.KindOf(MatchField.Ipv6Dst) >= MaskKind.Exact ? FieldMatch.Exact(s_addr6) : null);

    private static ImmutableArray<FlowItem> Pattern(NicCapabilities nic, params ReadOnlySpan<FlowItem> items) =>
        nic.Has(NicItem.Eth) ? [new EthItem(), .. items] : [.. items];
}
