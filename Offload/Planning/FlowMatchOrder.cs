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

        int order = ((int)x.Family).CompareTo((int)y.Family);
        order = order != 0 ? order : (x.Proto ?? -1).CompareTo(y.Proto ?? -1);
        order = order != 0 ? order : ((int)x.ProtoBy).CompareTo((int)y.ProtoBy);
        order = order != 0 ? order : x.NotFragment.CompareTo(y.NotFragment);
        order = order != 0 ? order : x.ExceptBareSyn.CompareTo(y.ExceptBareSyn);
        order = order != 0 ? order : x.TcpFlagsMask.CompareTo(y.TcpFlagsMask);
        order = order != 0 ? order : x.TcpFlagsSpec.CompareTo(y.TcpFlagsSpec);
        order = order != 0 ? order : x.Src.CompareTo(y.Src);
        order = order != 0 ? order : x.Dst.CompareTo(y.Dst);
        order = order != 0 ? order : x.SrcL4Ports.First.CompareTo(y.SrcL4Ports.First);
        order = order != 0 ? order : x.SrcL4Ports.Last.CompareTo(y.SrcL4Ports.Last);
        order = order != 0 ? order : x.DstL4Ports.First.CompareTo(y.DstL4Ports.First);
        return order != 0 ? order : x.DstL4Ports.Last.CompareTo(y.DstL4Ports.Last);
    }
}
