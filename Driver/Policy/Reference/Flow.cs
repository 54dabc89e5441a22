using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Reference;

/// <summary>The first packet of a connection; the port is in host order.</summary>
internal readonly record struct Flow(IpAddr Src, IpAddr Dst, byte IpProto, ushort DstL4Port);
