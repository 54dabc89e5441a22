using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>
/// A set of addresses in canonical form: per family the minimal list of disjoint prefixes, IPv4 first, ascending.
/// Two sets are equal exactly if they hold the same addresses. Immutable.
/// </summary>
public sealed class PeerSet : IEquatable<PeerSet>
{
    private readonly int _hash;
    private readonly int _firstV6;

    private PeerSet(ImmutableArray<IpPrefix> prefixes)
    {
        Prefixes = prefixes;
        HashCode hash = default;
        foreach (IpPrefix prefix in prefixes)
        {
            hash.Add(prefix);
            _firstV6 += prefix.Family == IpFamily.V4 ? 1 : 0;
        }

        _hash = hash.ToHashCode();
    }

    public static PeerSet Empty { get; } = new([]);

    /// <summary>Every address of both families.</summary>
    public static PeerSet Everything { get; } =
        new([IpPrefix.Everything(IpFamily.V4), IpPrefix.Everything(IpFamily.V6)]);

    /// <summary>Minimal disjoint prefixes, ascending.</summary>
    public ImmutableArray<IpPrefix> Prefixes { get; }

    public bool IsEmpty => Prefixes.IsEmpty;

    /// <summary>The canonical set of the union of <paramref name="prefixes"/>.</summary>
    public static PeerSet Of(IEnumerable<IpPrefix> prefixes) => Make(AddrIntervals.Canonical(prefixes));

    /// <summary>Addresses in <paramref name="prefixes"/> and not in <paramref name="except"/>.</summary>
    public static PeerSet Of(IEnumerable<IpPrefix> prefixes, IEnumerable<IpPrefix> except) =>
        Make(AddrIntervals.Except(AddrIntervals.Canonical(prefixes), AddrIntervals.Canonical(except)));

    /// <summary>The canonical set of single addresses.</summary>
    public static PeerSet OfAddresses(IEnumerable<IpAddr> addresses) => Of(addresses.Select(IpPrefix.Host));

    /// <summary>Logarithmic in the number of prefixes.</summary>
    public bool Contains(IpAddr addr)
    {
        int low = 0;
        int high = Prefixes.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (Prefixes[middle].Addr <= addr)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high >= 0 && Prefixes[high].Contains(addr);
    }

    /// <summary>Whether every address of <paramref name="other"/> is in this set.</summary>
    public bool Contains(PeerSet other) => ReferenceEquals(this, other) || other.Except(this).IsEmpty;

    public bool Overlaps(PeerSet other) => !Intersect(other).IsEmpty;

    public PeerSet Union(PeerSet other)
    {
        if (other.IsEmpty || ReferenceEquals(this, other))
        {
            return this;
        }

        return IsEmpty ? other : Make(AddrIntervals.Union(Intervals(), other.Intervals()));
    }

    public PeerSet Except(PeerSet other) =>
        IsEmpty || other.IsEmpty ? this : Make(AddrIntervals.Except(Intervals(), other.Intervals()));

    public PeerSet Intersect(PeerSet other) => Make(AddrIntervals.Intersect(Intervals(), other.Intervals()));

    /// <summary>The part of one family, as prefixes.</summary>
    public IEnumerable<IpPrefix> OfFamily(IpFamily family) =>
        family == IpFamily.V4 ? Prefixes.Take(_firstV6) : Prefixes.Skip(_firstV6);

    public bool Equals(PeerSet? other) => ReferenceEquals(this, other) ||
        (other is not null && _hash == other._hash && Prefixes.AsSpan().SequenceEqual(other.Prefixes.AsSpan()));

    public override bool Equals(object? obj) => Equals(obj as PeerSet);

    public override int GetHashCode() => _hash;

    public override string ToString() => string.Join(' ', Prefixes);

    /// <summary>A total order by content: the same in every process.</summary>
    internal static int Compare(PeerSet left, PeerSet right) =>
        left.Prefixes.AsSpan().SequenceCompareTo(right.Prefixes.AsSpan());

    private static PeerSet Make(List<AddrInterval> intervals) =>
        intervals.Count == 0 ? Empty : new PeerSet(AddrIntervals.ToPrefixes(intervals));

    private List<AddrInterval> Intervals() => AddrIntervals.FromSorted(Prefixes);
}
