using System.Buffers.Binary;
using System.Globalization;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;

namespace NetPolNic.Agent.Packets;

/// <summary>
/// One packet in the three forms that must agree: bytes for a port, headers for the rule interpreter, and the abstract
/// packet of the connection oracle. All numbers are host order.
/// </summary>
internal sealed record ProbePacket(IpAddr Src, IpAddr Dst, byte IpProto)
{
    /// <summary>The first of the dynamic ports (RFC 6335): what a client's connection comes from.</summary>
    public const ushort ClientL4Port = 49152;

    /// <summary>TCP flags of a connection's first packet: SYN without ACK.</summary>
    public const byte Syn = 0x02;

    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const byte Sctp = 132;
    private const byte FragmentHeader = 44;

    public ushort SrcL4Port { get; init; }

    public ushort DstL4Port { get; init; }

    public byte TcpFlags { get; init; }

    public byte IcmpType { get; init; }

    public ushort IcmpId { get; init; }

    /// <summary>Null: not a fragment. The offset is in units of 8 bytes.</summary>
    public FragmentInfo? Fragment { get; init; }

    /// <summary>ICMP errors only: the packet that the error is about.</summary>
    public ProbePacket? Embedded { get; init; }

    private bool IsIcmp => IpProto == (Src.Family == IpFamily.V4 ? 1 : 58);

    /// <summary>A connection's first packet: a bare SYN in TCP, any packet else. Policy never looks at its source port.</summary>
    public static ProbePacket First(IpAddr src, IpAddr dst, byte ipProto, ushort dstL4Port) => new(src, dst, ipProto)
    {
        SrcL4Port = ClientL4Port,
        DstL4Port = dstL4Port,
        TcpFlags = ipProto == Tcp ? Syn : (byte)0,
    };

    /// <summary>The frame; its last four bytes are <paramref name="tag"/>, most significant first.</summary>
    public byte[] ToFrame(ulong srcMac, ulong dstMac, uint tag = 0) =>
        FrameBuilder.Ip(srcMac, dstMac, Src, Dst, IpProto, Payload(tag), Fragment);

    /// <summary>What the rule interpreter sees.</summary>
    public PacketHeaders ToHeaders() => new(Src, Dst, IpProto)
    {
        Extensions = Src.Family == IpFamily.V6 && Fragment is not null ? [FragmentHeader] : [],
        FragmentOffset = (ushort)(Fragment?.Offset ?? 0),
        MoreFragments = Fragment?.More ?? false,
        SrcL4Port = SrcL4Port,
        DstL4Port = DstL4Port,
        TcpFlags = TcpFlags,
        IcmpType = IcmpType,
    };

    /// <summary>What the connection oracle sees.</summary>
    public AbstractPacket ToAbstract(double timeSec = 0) => new()
    {
        Src = Src,
        Dst = Dst,
        IpProto = IpProto,
        SrcL4Port = SrcL4Port,
        DstL4Port = DstL4Port,
        TcpFlags = TcpFlags,
        IcmpType = IcmpType,
        IcmpId = IcmpId,
        Fragment = Fragment,
        Embedded = Embedded?.ToAbstract(timeSec),
        TimeSec = timeSec,
    };

    /// <summary>A packet that travels the other way: addresses and ports exchanged.</summary>
    public ProbePacket Reversed() => this with { Src = Dst, Dst = Src, SrcL4Port = DstL4Port, DstL4Port = SrcL4Port };

    public override string ToString()
    {
        string what = IpProto switch
        {
            Tcp => string.Create(CultureInfo.InvariantCulture, $"TCP {SrcL4Port}→{DstL4Port} {FlagNames()}"),
            Udp => string.Create(CultureInfo.InvariantCulture, $"UDP {SrcL4Port}→{DstL4Port}"),
            Sctp => string.Create(CultureInfo.InvariantCulture, $"SCTP {SrcL4Port}→{DstL4Port}"),
            _ when IsIcmp => string.Create(CultureInfo.InvariantCulture, $"ICMP type {IcmpType} id {IcmpId}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"protocol {IpProto}"),
        };
        string fragment = Fragment is { } part
            ? string.Create(CultureInfo.InvariantCulture, $" fragment {part.Id}@{part.Offset}{(part.More ? "+" : "")}")
            : "";
        string about = Embedded is null ? "" : $" about ({Embedded})";
        return $"{Src} → {Dst} {what}{fragment}{about}";
    }

    private string FlagNames() => (TcpFlags & 0x12) switch
    {
        Syn => "SYN",
        0x12 => "SYN-ACK",
        0x10 => "ACK",
        _ => string.Create(CultureInfo.InvariantCulture, $"flags {TcpFlags:x2}"),
    };

    private byte[] Payload(uint tag)
    {
        if (Fragment is { IsLater: true })
        {
            // Eight bytes of the datagram's middle: nothing in them is a header.
            byte[] middle = new byte[8];
            BinaryPrimitives.WriteUInt32BigEndian(middle.AsSpan(4), tag);
            return middle;
        }

        if (IpProto is Tcp or Udp or Sctp)
        {
            return FrameBuilder.Segment(Src, Dst, (L4Proto)IpProto, SrcL4Port, DstL4Port, TcpFlags, tag);
        }

        return IsIcmp ? IcmpPayload(tag) : TaggedPayload(tag);
    }

    private byte[] IcmpPayload(uint tag)
    {
        byte[] embedded = Embedded?.ToFrame(0, 0).AsSpan(FrameBuilder.EthernetBytes).ToArray() ?? [];
        byte[] message = new byte[8 + embedded.Length + 4];
        message[0] = IcmpType;
        embedded.CopyTo(message, 8);
        if (Embedded is null)
        {
            BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(4), IcmpId);
        }

        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(message.Length - 4), tag);
        FrameBuilder.WriteIcmpChecksum(Src, Dst, message);
        return message;
    }

    private static byte[] TaggedPayload(uint tag)
    {
        byte[] payload = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(12), tag);
        return payload;
    }
}
