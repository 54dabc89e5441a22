using System.Collections.Immutable;
using System.Globalization;

namespace NetPolNic.Policy.Resolve;

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

    /// <summary>
    /// The canonical set of the union of <paramref name="ranges"/>; one that ends before it starts is empty.
    /// </summary>
    public static PortSet Of(IEnumerable<L4PortRange> ranges)
    {
        List<L4PortRange> sorted = [.. ranges.Where(r => r.First <= r.Last)];
        sorted.Sort(Compare);
        List<L4PortRange> merged = new(sorted.Count);
        foreach (L4PortRange next in sorted)
        {
            if (merged.Count > 0 && merged[^1].Proto == next.Proto && next.First <= merged[^1].Last + 1)
            {
                merged[^1] = merged[^1] with { Last = Math.Max(merged[^1].Last, next.Last) };
            }
            else
            {
                merged.Add(next);
            }
        }

        return merged.Count == 0 ? Empty : new PortSet(false, [.. merged]);
    }

    /// <summary>
    /// Whether a packet of IP protocol <paramref name="ipProto"/> to <paramref name="dstL4Port"/> is in the set.
    /// </summary>
    public bool Contains(byte ipProto, ushort dstL4Port)
    {
        if (IsAllTraffic)
        {
            return true;
        }

        foreach (L4PortRange range in Ranges)
        {
            if ((byte)range.Proto == ipProto && range.First <= dstL4Port && dstL4Port <= range.Last)
            {
                return true;
            }
        }

        return false;
    }

    public PortSet Union(PortSet other)
    {
        if (IsAllTraffic || other.IsAllTraffic)
        {
            return AllTraffic;
        }

        if (other.IsEmpty || ReferenceEquals(this, other))
        {
            return this;
        }

        return IsEmpty ? other : Of(Ranges.Concat(other.Ranges));
    }

    public bool Equals(PortSet? other) => ReferenceEquals(this, other) ||
        (other is not null && IsAllTraffic == other.IsAllTraffic &&
            Ranges.AsSpan().SequenceEqual(other.Ranges.AsSpan()));

    public override bool Equals(object? obj) => Equals(obj as PortSet);

    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(IsAllTraffic);
        foreach (L4PortRange range in Ranges)
        {
            hash.Add(range);
        }

        return hash.ToHashCode();
    }

    /// <summary>For example "TCP/80 UDP/1000-2000", "all" or "none".</summary>
    public override string ToString()
    {
        if (IsAllTraffic)
        {
            return "all";
        }

        return IsEmpty ? "none" : string.Join(' ', Ranges.Select(Format));
    }

    /// <summary>A total order by content: all traffic last, else by ranges.</summary>
    internal static int Compare(PortSet left, PortSet right)
    {
        if (left.IsAllTraffic != right.IsAllTraffic)
        {
            return left.IsAllTraffic ? 1 : -1;
        }

        for (int i = 0; i < Math.Min(left.Ranges.Length, right.Ranges.Length); i++)
        {
            int order = Compare(left.Ranges[i], right.Ranges[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return left.Ranges.Length.CompareTo(right.Ranges.Length);
    }

    private static int Compare(L4PortRange left, L4PortRange right) =>
        (left.Proto, left.First, left.Last).CompareTo((right.Proto, right.First, right.Last));

    private static string Format(L4PortRange range)
    {
        string name = range.Proto.ToString().ToUpperInvariant();
        if (range is { First: 0, Last: ushort.MaxValue })
        {
            return name;
        }

        return range.First == range.Last
            ? string.Create(CultureInfo.InvariantCulture, $"{name}/{range.First}")
            : string.Create(CultureInfo.InvariantCulture, $"{name}/{range.First}-{range.Last}");
    }
}
