namespace NetPolNic.Fallback.Parsing;

/// <summary>Makes of a probe what the parser would make of its packet.</summary>
internal static class ProbeParser
{
    /// <exception cref="ArgumentException">The addresses are of two families.</exception>
    public static ParsedPacket Parse(in FallbackProbe probe)
    {
        if (probe.Src.Family != probe.Dst.Family)
        {
            throw new ArgumentException("a packet has addresses of one family", nameof(probe));
        }

        byte ipVersion = (byte)probe.Src.Family;
        bool hasPorts = probe.IpProto is IpProtos.Tcp or IpProtos.Udp or IpProtos.Sctp;
        bool isIcmp = probe.IpProto == (ipVersion == 4 ? IpProtos.Icmp : IpProtos.Icmp6);
        L4Kind kind = probe.IpProto == IpProtos.Tcp ? L4Parser.KindOfTcp(probe.TcpFlags)
            : isIcmp ? IcmpTypes.KindOf(ipVersion, probe.IcmpType) : L4Kind.Other;
        bool hasSrc = hasPorts || kind is L4Kind.IcmpRequest or L4Kind.IcmpReply;
        return new ParsedPacket
        {
            Status = ParseStatus.Ip,
            L4 = kind == L4Kind.IcmpError ? L4Kind.IcmpOther : kind,
            Key = new FlowKey
            {
                SrcAddr = probe.Src.Value,
                DstAddr = probe.Dst.Value,
                SrcL4Port = hasSrc ? probe.SrcL4Port : (ushort)0,
                DstL4Port = hasPorts ? probe.DstL4Port : (ushort)0,
                IpProto = probe.IpProto,
                IpVersion = ipVersion,
            },
        };
    }
}
