using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>
/// Set algebra on ascending lists of disjoint, non-adjacent intervals ("canonical" below). Each operation is linear in
/// its inputs, apart from the sort in <see cref="Canonical"/>.
/// </summary>
internal static class AddrIntervals
{
    /// <summary>Sorts and merges prefixes that may overlap.</summary>
    public static List<AddrInterval> Canonical(IEnumerable<IpPrefix> prefixes)
    {
        List<AddrInterval> sorted = [.. prefixes.Select(AddrInterval.Of)];
        sorted.Sort();
        return Merge(sorted);
    }

    /// <summary>Sorts and merges single addresses; they may repeat.</summary>
    public static List<AddrInterval> OfAddresses(IEnumerable<IpAddr> addresses)
    {
        // Numbers of 32 bits sort many times faster than addresses.
        List<uint> v4 = [];
        List<UInt128> v6 = [];
        foreach (IpAddr addr in addresses)
        {
            if (addr.Family == IpFamily.V4)
            {
                v4.Add((uint)addr.Value);
            }
            else
            {
                v6.Add(addr.Value);
            }
        }

        v4.Sort();
        v6.Sort();
        List<AddrInterval> result = [];
        foreach (uint value in v4)
        {
            Append(result, new AddrInterval(IpFamily.V4, value, value));
        }

        foreach (UInt128 value in v6)
        {
            Append(result, new AddrInterval(IpFamily.V6, value, value));
        }

        return result;
    }

    /// <summary>The canonical form of prefixes that are disjoint and ascending already.</summary>
    public static List<AddrInterval> FromSorted(ReadOnlySpan<IpPrefix> prefixes)
    {
        List<AddrInterval> result = new(prefixes.Length);
        foreach (IpPrefix prefix in prefixes)
        {
            Append(result, AddrInterval.Of(prefix));
        }

        return result;
    }

    public static List<AddrInterval> Union(List<AddrInterval> left, List<AddrInterval> right)
    {
        List<AddrInterval> result = new(left.Count + right.Count);
        int i = 0;
        int j = 0;
        while (i < left.Count || j < right.Count)
        {
            bool takeLeft = j >= right.Count || (i < left.Count && left[i].CompareTo(right[j]) <= 0);
            Append(result, takeLeft ? left[i++] : right[j++]);
        }

        return result;
    }

    public static List<AddrInterval> Intersect(List<AddrInterval> left, List<AddrInterval> right)
    {
        List<AddrInterval> result = [];
        int i = 0;
        int j = 0;
        while (i < left.Count && j < right.Count)
        {
            AddrInterval a = left[i];
            AddrInterval b = right[j];
            if (a.Family != b.Family)
            {
                _ = a.Family < b.Family ? i++ : j++;
                continue;
            }

            UInt128 first = UInt128.Max(a.First, b.First);
            UInt128 last = UInt128.Min(a.Last, b.Last);
            if (first <= last)
            {
                result.Add(new AddrInterval(a.Family, first, last));
            }

            _ = a.Last <= b.Last ? i++ : j++;
        }

        return result;
    }

    /// <summary>What is in <paramref name="left"/> and not in <paramref name="right"/>.</summary>
    public static List<AddrInterval> Except(List<AddrInterval> left, List<AddrInterval> right)
    {
        List<AddrInterval> result = new(left.Count);
        int j = 0;
        foreach (AddrInterval interval in left)
        {
            while (j < right.Count && EndsBefore(right[j], interval))
            {
                j++;
            }

            Cut(result, interval, right, j);
        }

        return result;
    }

    /// <summary>The minimal prefixes of canonical intervals, ascending.</summary>
    public static ImmutableArray<IpPrefix> ToPrefixes(List<AddrInterval> intervals)
    {
        ImmutableArray<IpPrefix>.Builder result = ImmutableArray.CreateBuilder<IpPrefix>(intervals.Count);
        foreach (AddrInterval interval in intervals)
        {
            Split(result, interval);
        }

        return result.DrainToImmutable();
    }

    private static List<AddrInterval> Merge(List<AddrInterval> sorted)
    {
        List<AddrInterval> result = new(sorted.Count);
        foreach (AddrInterval interval in sorted)
        {
            Append(result, interval);
        }

        return result;
    }

    /// <summary>Adds an interval that starts at or after the last one, merging where they touch.</summary>
    private static void Append(List<AddrInterval> result, AddrInterval next)
    {
        if (result.Count > 0)
        {
            AddrInterval tail = result[^1];
            if (tail.Touches(next))
            {
                result[^1] = tail with { Last = UInt128.Max(tail.Last, next.Last) };
                return;
            }
        }

        result.Add(next);
    }

    private static bool EndsBefore(AddrInterval hole, AddrInterval interval) =>
        hole.Family != interval.Family ? hole.Family < interval.Family : hole.Last < interval.First;

    /// <summary>Adds what the holes from index <paramref name="hole"/> on leave of one interval.</summary>
    private static void Cut(List<AddrInterval> result, AddrInterval interval, List<AddrInterval> holes, int hole)
    {
        UInt128 first = interval.First;
        for (; hole < holes.Count; hole++)
        {
            AddrInterval next = holes[hole];
            if (next.Family != interval.Family || next.First > interval.Last)
            {
                break;
            }

            if (next.First > first)
            {
                result.Add(interval with { First = first, Last = next.First - 1 });
            }

            if (next.Last >= interval.Last)
            {
                return;
            }

            first = next.Last + 1;
        }

        result.Add(interval with { First = first });
    }

    /// <summary>Greedy split: at each step the largest aligned block that fits, which is the minimal cover.</summary>
    private static void Split(ImmutableArray<IpPrefix>.Builder result, AddrInterval interval)
    {
        UInt128 first = interval.First;
        if (first == interval.Last)
        {
            result.Add(IpPrefix.Host(new IpAddr(interval.Family, first)));
            return;
        }

        int bits = new IpAddr(interval.Family, 0).Bits;
        while (true)
        {
            int aligned = first == 0 ? bits : (int)UInt128.TrailingZeroCount(first);
            UInt128 lastOffset = interval.Last - first;
            int fits = lastOffset == UInt128.MaxValue ? bits : (int)UInt128.Log2(lastOffset + 1);
            int hostBits = Math.Min(aligned, fits);
            IpPrefix block = new(new IpAddr(interval.Family, first), bits - hostBits);
            result.Add(block);
            UInt128 last = block.Last.Value;
            if (last >= interval.Last)
            {
                return;
            }

            first = last + 1;
        }
    }
}
