using NetPolNic.Offload.Capabilities;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Lowering;

/// <summary>Which item and fields a protocol's ports live in.</summary>
internal static class L4Fields
{
    /// <summary>The port field of a protocol; UDP's for one without ports, which never has one to match.</summary>
    internal static MatchField Of(byte? proto, bool source) => proto switch
    {
        (byte)L4Proto.Tcp => source ? MatchField.TcpSrc : MatchField.TcpDst,
        (byte)L4Proto.Sctp => source ? MatchField.SctpSrc : MatchField.SctpDst,
        _ => source ? MatchField.UdpSrc : MatchField.UdpDst,
    };

    /// <summary>The item of a protocol's header, or null where policy knows no ports of it.</summary>
    internal static NicItem? ItemOf(byte? proto) => proto switch
    {
        (byte)L4Proto.Tcp => NicItem.Tcp,
        (byte)L4Proto.Udp => NicItem.Udp,
        (byte)L4Proto.Sctp => NicItem.Sctp,
        _ => null,
    };
}
