using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text;
using Dpdk.Ethdev;

namespace Dpdk.Flow;

/// <summary>Writes one pattern item as testpmd reads it.</summary>
internal static class TestpmdItem
{
    private const ulong AllMacBits = 0xffff_ffff_ffff;

    /// <summary>"ipv4 src spec 10.0.0.0 src mask 255.0.0.0".</summary>
    internal static string Format(FlowItem item)
    {
        StringBuilder text = new();
        switch (item)
        {
            case EthItem eth:
                text.Append("eth");
                Mac(text, "src", eth.Src);
                Mac(text, "dst", eth.Dst);
                Hex(text, "type", eth.EtherType);
                break;
            case VlanItem vlan:
                text.Append("vlan");
                Hex(text, "tci", vlan.Tci);
                Hex(text, "inner_type", vlan.InnerType);
                break;
            case Ipv4Item ipv4:
                text.Append("ipv4");
                Field(text, "src", ipv4.Src, uint.MaxValue, Address);
                Field(text, "dst", ipv4.Dst, uint.MaxValue, Address);
                Number(text, "proto", ipv4.Proto);
                Hex(text, "fragment_offset", ipv4.FragmentOffset);
                break;
            case Ipv6Item ipv6:
                text.Append("ipv6");
                Field(text, "src", ipv6.Src, UInt128.MaxValue, Address);
                Field(text, "dst", ipv6.Dst, UInt128.MaxValue, Address);
                Number(text, "proto", ipv6.Proto);
                Bit(text, "has_frag_ext", ipv6.HasFragExt);
                break;
            case Ipv6FragExtItem fragment:
                text.Append("ipv6_frag_ext");
                Hex(text, "frag_data", fragment.FragData);
                break;
            case RepresentedPortItem port:
                text.Append(CultureInfo.InvariantCulture, $"represented_port ethdev_port_id is {port.EthPortId}");
                break;
            default:
                Transport(text, item);
                break;
        }

        return text.ToString();
    }

    private static void Transport(StringBuilder text, FlowItem item)
    {
        switch (item)
        {
            case TcpItem tcp:
                text.Append("tcp");
                Number(text, "src", tcp.SrcL4Port);
                Number(text, "dst", tcp.DstL4Port);
                Hex(text, "flags", tcp.Flags);
                break;
            case UdpItem udp:
                text.Append("udp");
                Number(text, "src", udp.SrcL4Port);
                Number(text, "dst", udp.DstL4Port);
                break;
            case SctpItem sctp:
                text.Append("sctp");
                Number(text, "src", sctp.SrcL4Port);
                Number(text, "dst", sctp.DstL4Port);
                break;
            case IcmpItem icmp:
                text.Append("icmp");
                Number(text, "type", icmp.Type);
                Number(text, "code", icmp.Code);
                break;
            case Icmp6Item icmp6:
                text.Append("icmp6");
                Number(text, "type", icmp6.Type);
                Number(text, "code", icmp6.Code);
                break;
            default:
                throw new ArgumentException($"unknown pattern item {item?.GetType().Name ?? "null"}", nameof(item));
        }
    }

    private static void Field<T>(
        StringBuilder text,
        string name,
        FieldMatch<T>? field,
        T all,
        Func<T, string> print,
        Func<T, string>? printMask = null)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (field is not { } f)
        {
            return;
        }

        T mask = f.Mask & all;
        T spec = f.Spec & mask;
        T last = (f.Last ?? f.Spec) & mask;
        if (mask == all && last == spec)
        {
            text.Append(CultureInfo.InvariantCulture, $" {name} is {print(spec)}");
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $" {name} spec {print(spec)}");
        if (last != spec)
        {
            text.Append(CultureInfo.InvariantCulture, $" {name} last {print(last)}");
        }

        text.Append(CultureInfo.InvariantCulture, $" {name} mask {(printMask ?? print)(mask)}");
    }

    private static void Number<T>(StringBuilder text, string name, FieldMatch<T>? field)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        Field(text, name, field, T.MaxValue, value => value.ToString(null, CultureInfo.InvariantCulture), HexOf);

    private static void Hex<T>(StringBuilder text, string name, FieldMatch<T>? field)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => Field(text, name, field, T.MaxValue, HexOf);

    private static void Bit(StringBuilder text, string name, FieldMatch<byte>? field) =>
        Field(text, name, field, (byte)1, value => value.ToString(CultureInfo.InvariantCulture));

    private static void Mac(StringBuilder text, string name, FieldMatch<ulong>? field) =>
        Field(text, name, field, AllMacBits, value => new MacAddress(value).ToString());

    private static string HexOf<T>(T value)
        where T : IFormattable => "0x" + value.ToString("x", CultureInfo.InvariantCulture);

    private static string Address(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return new IPAddress(bytes).ToString();
    }

    private static string Address(UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return new IPAddress(bytes).ToString();
    }
}
