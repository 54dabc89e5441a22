using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>
/// A set of addresses in canonical form: per family the minimal list of disjoint prefixes, IPv4 first, ascending.
/// Two sets are equal exactly if they hold the same addresses. Immutable.
/// </summary>
public sealed class PeerSet : IEquatable<PeerSet>
{
    /// <summary>A union splices where the smaller set has less than this share of the prefixes.</summary>
    private const int SpliceShare = 16;

    private readonly int _hash;
    private readonly int _firstV6;

    private PeerSet(ImmutableArray<IpPrefix> prefixes, int hash)
    {
        Prefixes = prefixes;
        _hash = hash;
        _firstV6 = AddrSplice.FirstAfter(prefixes, IpAddr.V6(0));
    }

    public static PeerSet Empty { get; } = new([], 0);

    /// <summary>Every address of both families.</summary>
    public static PeerSet Everything { get; } =
        Of([IpPrefix.Everything(IpFamily.V4), IpPrefix.Everything(IpFamily.V6)]);

    /// <summary>Minimal disjoint prefixes, ascending.</summary>
    public ImmutableArray<IpPrefix> Prefixes { get; }

    public bool IsEmpty => Prefixes.IsEmpty;

    /// <summary>The canonical set of the union of <paramref name="prefixes"/>.</summary>
    public static PeerSet Of(IEnumerable<IpPrefix> prefixes) => Make(AddrIntervals.Canonical(prefixes));

    /// <summary>Addresses in <paramref name="prefixes"/> and not in <paramref name="except"/>.</summary>
    public static PeerSet Of(IEnumerable<IpPrefix> prefixes, IEnumerable<IpPrefix> except) =>
        Make(AddrIntervals.Except(AddrIntervals.Canonical(prefixes), AddrIntervals.Canonical(except)));

    /// <summary>The canonical set of single addresses.</summary>
    public static PeerSet OfAddresses(IEnumerable<IpAddr> addresses) => Make(AddrIntervals.OfAddresses(addresses));

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

        if (IsEmpty || Prefixes.Length < other.Prefixes.Length)
        {
            return other.Union(this);
        }

        return other.Prefixes.Length < Prefixes.Length / SpliceShare
            ? Splice(other.Intervals(), [])
            : Make(AddrIntervals.Union(Intervals(), other.Intervals()));
    }

    /// <summary>
    /// The set with some addresses added and others removed; logarithmic in the set for each of them, apart from a block copy.
    /// </summary>
    /// <param name="added">Canonical intervals; they may be in the set already.</param>
    /// <param name="removed">Canonical intervals, none of them in <paramref name="added"/>; they may be missing.</param>
    internal PeerSet Splice(List<AddrInterval> added, List<AddrInterval> removed)
    {
        (ImmutableArray<IpPrefix> prefixes, int hash) = AddrSplice.Apply(Prefixes, _hash, added, removed);
        return prefixes.IsEmpty ? Empty : new PeerSet(prefixes, hash);
    }

    /// <summary>The union of several sets.</summary>
    internal static PeerSet UnionOf(IEnumerable<PeerSet> sets)
    {
        // Equal halves keep the cost at total length times the logarithm of the number of sets.
        List<PeerSet> rest = [.. sets.OrderBy(s => s.Prefixes.Length)];
        for (int step = 1; step < rest.Count; step *= 2)
        {
            for (int i = 0; i + step < rest.Count; i += 2 * step)
            {
                rest[i] = rest[i].Union(rest[i + step]);
            }
        }

        return rest.Count == 0 ? Empty : rest[0];
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

    private static PeerSet Make(List<AddrInterval> intervals)
    {
        if (intervals.Count == 0)
        {
            return Empty;
        }

        ImmutableArray<IpPrefix> prefixes = AddrIntervals.ToPrefixes(intervals);
        return new PeerSet(prefixes, AddrSplice.HashOf(prefixes.AsSpan()));
    }

    private List<AddrInterval> Intervals() => AddrIntervals.FromSorted(Prefixes.AsSpan());
}
