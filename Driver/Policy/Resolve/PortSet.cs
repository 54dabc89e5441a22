using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>Destination ports of one protocol, both ends inclusive, host order; 0..65535 is every port.</summary>
public readonly record struct L4PortRange(L4Proto Proto, ushort First, ushort Last);

/// <summary>
/// A set of (protocol, destination port) in canonical form: disjoint, non-adjacent intervals sorted by protocol and
/// first port; or all traffic, which is every IP protocol (SEMANTICS b16). Immutable.
/// </summary>
public sealed class PortSet : IEquatable<PortSet>
{
    private PortSet(bool allTraffic, ImmutableArray<L4PortRange> ranges)
    {
        IsAllTraffic = allTraffic;
        Ranges = ranges;
    }

    /// <summary>Every IP protocol, every port.</summary>
    public static PortSet AllTraffic { get; } = new(true, []);

    public static PortSet Empty { get; } = new(false, []);

    /// <summary>Every IP protocol; <see cref="Ranges"/> is empty then.</summary>
    public bool IsAllTraffic { get; }

    public ImmutableArray<L4PortRange> Ranges { get; }

    public bool IsEmpty => !IsAllTraffic && Ranges.IsEmpty;

    public static PortSet Of(IEnumerable<L4PortRange> ranges) => throw new NotImplementedException();

    /// <summary>Whether a packet of IP protocol <paramref name="ipProto"/> to <paramref name="dstL4Port"/> is in the set.</summary>
    public bool Contains(byte ipProto, ushort dstL4Port) => throw new NotImplementedException();

    public PortSet Union(PortSet other) => throw new NotImplementedException();

    public bool Equals(PortSet? other) =>
        other is not null && IsAllTraffic == other.IsAllTraffic && Ranges.AsSpan().SequenceEqual(other.Ranges.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as PortSet);

    public override int GetHashCode() => throw new NotImplementedException();
}
