using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>
/// Changes canonical prefix lists in place, as it were: only the runs of adjacent prefixes that a change touches are made
/// anew, what lies between is copied as it is. The hash is a sum over the prefixes, so it changes with them.
/// </summary>
internal static class AddrSplice
{
    /// <summary>The list and hash after removing and adding intervals (both canonical, no interval in both).</summary>
    public static (ImmutableArray<IpPrefix> Prefixes, int Hash) Apply(
        ImmutableArray<IpPrefix> prefixes,
        int hash,
        List<AddrInterval> added,
        List<AddrInterval> removed)
    {
        ImmutableArray<IpPrefix>.Builder result = ImmutableArray.CreateBuilder<IpPrefix>(prefixes.Length + added.Count);
        int copied = 0;
        int a = 0;
        int r = 0;
        while (a < added.Count || r < removed.Count)
        {
            bool addFirst = r == removed.Count || (a < added.Count && added[a].CompareTo(removed[r]) <= 0);
            AddrInterval run = addFirst ? added[a] : removed[r];
            int from = RunStart(prefixes, copied, run);
            int to = from;
            int addedFrom = a;
            int removedFrom = r;
            run = GrowRun(prefixes, run, ref to, added, ref a, removed, ref r);

            List<AddrInterval> kept = AddrIntervals.FromSorted(prefixes.AsSpan()[from..to]);
            kept = AddrIntervals.Except(kept, removed[removedFrom..r]);
            kept = AddrIntervals.Union(kept, added[addedFrom..a]);
            ImmutableArray<IpPrefix> fresh = AddrIntervals.ToPrefixes(kept);

            result.AddRange(prefixes.AsSpan()[copied..from]);
            result.AddRange(fresh);
            hash = unchecked(hash - HashOf(prefixes.AsSpan()[from..to]) + HashOf(fresh.AsSpan()));
            copied = to;
        }

        result.AddRange(prefixes.AsSpan()[copied..]);
        return (result.DrainToImmutable(), hash);
    }

    /// <summary>The sum of the prefixes' hashes; 0 for none.</summary>
    public static int HashOf(ReadOnlySpan<IpPrefix> prefixes)
    {
        int hash = 0;
        foreach (IpPrefix prefix in prefixes)
        {
            hash = unchecked(hash + HashCode.Combine(prefix.Family, prefix.Addr.Value, prefix.Length));
        }

        return hash;
    }

    /// <summary>Index of the first prefix that starts at or after an address, or the length.</summary>
    public static int FirstAfter(ImmutableArray<IpPrefix> prefixes, IpAddr addr)
    {
        int low = 0;
        int high = prefixes.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (prefixes[middle].Addr < addr)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>Index of the first prefix of the run of adjacent prefixes that a change starts in or touches.</summary>
    private static int RunStart(ImmutableArray<IpPrefix> prefixes, int lowest, AddrInterval change)
    {
        int start = FirstAfter(prefixes, new IpAddr(change.Family, change.First));
        AddrInterval next = change;
        while (start > lowest && AddrInterval.Of(prefixes[start - 1]).Touches(next))
        {
            start--;
            next = AddrInterval.Of(prefixes[start]);
        }

        return start;
    }

    /// <summary>Takes in the prefixes and changes that overlap the run or follow it without a gap.</summary>
    private static AddrInterval GrowRun(
        ImmutableArray<IpPrefix> prefixes,
        AddrInterval run,
        ref int to,
        List<AddrInterval> added,
        ref int a,
        List<AddrInterval> removed,
        ref int r)
    {
        while (true)
        {
            AddrInterval next;
            if (to < prefixes.Length && run.Touches(AddrInterval.Of(prefixes[to])))
            {
                next = AddrInterval.Of(prefixes[to++]);
            }
            else if (a < added.Count && run.Touches(added[a]))
            {
                next = added[a++];
            }
            else if (r < removed.Count && run.Touches(removed[r]))
            {
                next = removed[r++];
            }
            else
            {
                return run;
            }

            run = run with { Last = UInt128.Max(run.Last, next.Last) };
        }
    }
}
