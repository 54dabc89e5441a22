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

    private PeerSet(ImmutableArray<IpPrefix> prefixes)
    {
        Prefixes = prefixes;
        HashCode hash = default;
        foreach (IpPrefix prefix in prefixes)
        {
            hash.Add(prefix);
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
    public static PeerSet Of(IEnumerable<IpPrefix> prefixes) => throw new NotImplementedException();

    /// <summary>Addresses in <paramref name="prefixes"/> and not in <paramref name="except"/>.</summary>
    public static PeerSet Of(IEnumerable<IpPrefix> prefixes, IEnumerable<IpPrefix> except) =>
        throw new NotImplementedException();

    public bool Contains(IpAddr addr) => throw new NotImplementedException();

    public PeerSet Union(PeerSet other) => throw new NotImplementedException();

    public PeerSet Except(PeerSet other) => throw new NotImplementedException();

    public PeerSet Intersect(PeerSet other) => throw new NotImplementedException();

    /// <summary>The part of one family, as prefixes.</summary>
    public IEnumerable<IpPrefix> OfFamily(IpFamily family) => throw new NotImplementedException();

    public bool Equals(PeerSet? other) =>
        other is not null && _hash == other._hash && Prefixes.AsSpan().SequenceEqual(other.Prefixes.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as PeerSet);

    public override int GetHashCode() => _hash;

    public override string ToString() => string.Join(' ', Prefixes);
}
