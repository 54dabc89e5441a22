using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>
/// A run of addresses of one family, both ends inclusive, in the number form of <see cref="IpAddr"/>.
/// </summary>
internal readonly record struct AddrInterval(IpFamily Family, UInt128 First, UInt128 Last) : IComparable<AddrInterval>
{
    public static AddrInterval Of(IpPrefix prefix) => new(prefix.Family, prefix.Addr.Value, prefix.Last.Value);

    /// <summary>Whether an interval that starts at or after this one overlaps it or follows without a gap.</summary>
    public bool Touches(AddrInterval next) =>
        Family == next.Family && (Last == UInt128.MaxValue || next.First <= Last + 1);

    /// <summary>By family, then by first address.</summary>
    public int CompareTo(AddrInterval other) =>
        Family != other.Family ? Family.CompareTo(other.Family) : First.CompareTo(other.First);
}
