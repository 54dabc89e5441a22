using NetPolNic.Offload.Capabilities;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Lowering;

/// <summary>Splits address blocks into pieces that a field of a given mask kind can match.</summary>
public static class AddressExpansion
{
    /// <summary>
    /// Blocks that together are exactly the prefix, each matchable by <paramref name="kind"/>; else null.
    /// </summary>
    /// <param name="prefix">What to match.</param>
    /// <param name="kind">What the field can do.</param>
    /// <param name="maxPieces">More pieces than this are too many: null.</param>
    public static IReadOnlyList<IpPrefix>? Expand(IpPrefix prefix, MaskKind kind, int maxPieces)
    {
        int hostBits = prefix.Addr.Bits - prefix.Length;
        if (prefix.Length == 0 || kind >= MaskKind.Prefix || (hostBits == 0 && kind == MaskKind.Exact))
        {
            return [prefix];
        }

        if (kind == MaskKind.None || hostBits > 16 || 1 << hostBits > maxPieces)
        {
            return null;
        }

        List<IpPrefix> hosts = new(1 << hostBits);
        for (uint i = 0; i < 1u << hostBits; i++)
        {
            hosts.Add(IpPrefix.Host(new IpAddr(prefix.Family, prefix.Addr.Value + i)));
        }

        return hosts;
    }
}
