using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning.Budget;

/// <summary>Where a set of peers has none; logarithmic in the number of its prefixes.</summary>
internal static class PeerRoom
{
    /// <summary>Whether a peer of the set is in the prefix.</summary>
    internal static bool Overlaps(PeerSet peers, IpPrefix prefix)
    {
        int at = LastFrom(peers.Prefixes, prefix.Last);
        return at >= 0 && peers.Prefixes[at].Last >= prefix.Addr;
    }

    /// <summary>Length of the largest prefix around an address that has no peer of the set; all bits where none has.</summary>
    internal static int Around(PeerSet peers, IpAddr addr)
    {
        int below = LastFrom(peers.Prefixes, addr);
        int length = below >= 0 ? Differing(peers.Prefixes[below].Last, addr) : 0;
        return below + 1 < peers.Prefixes.Length
            ? Math.Max(length, Differing(peers.Prefixes[below + 1].Addr, addr))
            : length;
    }

    // The last prefix that begins at an address or below; those of IPv4 are below all of IPv6.
    private static int LastFrom(ImmutableArray<IpPrefix> prefixes, IpAddr addr)
    {
        int low = 0;
        int high = prefixes.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (prefixes[middle].Addr <= addr)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high;
    }

    // Leading bits until they differ, that one included.
    private static int Differing(IpAddr other, IpAddr addr)
    {
        if (other.Family != addr.Family)
        {
            return 0;
        }

        int zeros = (int)UInt128.LeadingZeroCount(other.Value ^ addr.Value) - (128 - addr.Bits);
        return Math.Min(zeros + 1, addr.Bits);
    }
}
