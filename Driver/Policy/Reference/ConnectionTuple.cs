using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Reference;

/// <summary>
/// A connection in its own direction; ports are 0 where the protocol has none, an ICMP identifier is the source port.
/// </summary>
internal readonly record struct ConnectionTuple(
    IpAddr Src,
    IpAddr Dst,
    byte IpProto,
    ushort SrcL4Port,
    ushort DstL4Port)
{
    /// <summary>The tuple that a reply carries.</summary>
    public ConnectionTuple Reversed => IpProto is 6 or 17 or 132
        ? new ConnectionTuple(Dst, Src, IpProto, DstL4Port, SrcL4Port)
        : new ConnectionTuple(Dst, Src, IpProto, SrcL4Port, DstL4Port);

    /// <summary>The tuple of a packet, as if it opened the connection.</summary>
    public static ConnectionTuple Of(AbstractPacket packet)
    {
        if (packet.HasPorts)
        {
            return new ConnectionTuple(packet.Src, packet.Dst, packet.IpProto, packet.SrcL4Port, packet.DstL4Port);
        }

        bool query = packet.IsIcmpRequest || packet.IsIcmpReply;
        return new ConnectionTuple(packet.Src, packet.Dst, packet.IpProto, query ? packet.IcmpId : (ushort)0, 0);
    }
}
