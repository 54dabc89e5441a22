using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Planning.Budget;

/// <summary>Packets of one protocol from one address to another.</summary>
internal readonly record struct PairKey(IpAddr Src, IpAddr Dst, byte Proto) : IComparable<PairKey>
{
    public int CompareTo(PairKey other)
    {
        int order = Dst.CompareTo(other.Dst);
        order = order != 0 ? order : Src.CompareTo(other.Src);
        return order != 0 ? order : Proto.CompareTo(other.Proto);
    }
}
