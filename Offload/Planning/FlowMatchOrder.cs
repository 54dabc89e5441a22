using NetPolNic.Offload.Lowering;

namespace NetPolNic.Offload.Planning;

/// <summary>A total order of matches by content, so that a plan does not depend on the order of its input.</summary>
internal sealed class FlowMatchOrder : IComparer<FlowMatch>
{
    internal static FlowMatchOrder Instance { get; } = new();

    public int Compare(FlowMatch? x, FlowMatch? y)
    {
        if (x is null || y is null)
        {
            return (x is null ? 0 : 1) - (y is null ? 0 : 1);
        }

        int order = (x.Family, x.Proto ?? -1, x.ProtoBy, x.NotFragment, x.TcpFlagsMask, x.TcpFlagsSpec)
            .CompareTo((y.Family, y.Proto ?? -1, y.ProtoBy, y.NotFragment, y.TcpFlagsMask, y.TcpFlagsSpec));
        return order != 0
            ? order
            : (x.Src, x.Dst, x.SrcL4Ports.First, x.SrcL4Ports.Last, x.DstL4Ports.First, x.DstL4Ports.Last)
                .CompareTo((
                    y.Src, y.Dst, y.SrcL4Ports.First, y.SrcL4Ports.Last, y.DstL4Ports.First, y.DstL4Ports.Last));
    }
}
