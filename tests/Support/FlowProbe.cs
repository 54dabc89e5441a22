using NetPolNic.Policy.Model;

namespace NetPolNic.TestSupport;

/// <summary>The first packet of a connection to ask about; the port is in host order.</summary>
public sealed record FlowProbe(IpAddr Src, IpAddr Dst, byte IpProto, ushort DstL4Port)
{
    public override string ToString() => $"{Src} -> {Dst} proto {IpProto} port {DstL4Port}";
}
