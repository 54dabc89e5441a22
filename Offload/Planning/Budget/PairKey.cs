using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Planning.Budget;

/// <summary>Packets of one protocol between a pod's address and a peer, or all peers of a prefix.</summary>
internal readonly record struct PairKey(IpPrefix Src, IpPrefix Dst, byte Proto) : IComparable<PairKey>
{
    internal static PairKey Of(IpAddr src, IpAddr dst, byte proto) => new(IpPrefix.Host(src), IpPrefix.Host(dst), proto);

    public int CompareTo(PairKey other)
    {
        int order = Dst.CompareTo(other.Dst);
        order = order != 0 ? order : Src.CompareTo(other.Src);
        return order != 0 ? order : Proto.CompareTo(other.Proto);
    }
}
