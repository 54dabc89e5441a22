using System.Buffers.Binary;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// Which loop owns a packet: the Toeplitz hash of RSS over the two addresses, with a key that repeats every 16 bits and so
/// gives both directions one hash. A NIC that is given the same key brings a packet to its owner by itself; where it does
/// not, the loops hand it over.
/// </summary>
/// <remarks>
/// Addresses alone, because fragments have no ports, and an ICMP error belongs to the connection that it tells of. With a
/// periodic key each 16-bit word of the input adds the same terms, so the words are folded first (the hash is linear).
/// </remarks>
[HotPath]
internal static class SymmetricHash
{
    /// <summary>The two bytes that the key repeats.</summary>
    public const ushort KeyWord = 0x6d5a;

    // A NIC maps hash to queue by a table of this many entries or a multiple, filled with the queues in turn.
    private const uint IndirectionMask = 127;

    /// <summary>Four bits of the word at a time, the most significant first: the key's windows of 32 bits they select.</summary>
    private static ReadOnlySpan<uint> Terms =>
    [
        0x00000000, 0x6ad36ad3, 0xb569b569, 0xdfbadfba, 0xdab4dab4, 0xb067b067, 0x6fdd6fdd, 0x050e050e,
        0x6d5a6d5a, 0x07890789, 0xd833d833, 0xb2e0b2e0, 0xb7eeb7ee, 0xdd3ddd3d, 0x02870287, 0x68546854,
        0x00000000, 0xad36ad36, 0x569b569b, 0xfbadfbad, 0xab4dab4d, 0x067b067b, 0xfdd6fdd6, 0x50e050e0,
        0xd5a6d5a6, 0x78907890, 0x833d833d, 0x2e0b2e0b, 0x7eeb7eeb, 0xd3ddd3dd, 0x28702870, 0x85468546,
        0x00000000, 0xd36ad36a, 0x69b569b5, 0xbadfbadf, 0xb4dab4da, 0x67b067b0, 0xdd6fdd6f, 0x0e050e05,
        0x5a6d5a6d, 0x89078907, 0x33d833d8, 0xe0b2e0b2, 0xeeb7eeb7, 0x3ddd3ddd, 0x87028702, 0x54685468,
        0x00000000, 0x36ad36ad, 0x9b569b56, 0xadfbadfb, 0x4dab4dab, 0x7b067b06, 0xd6fdd6fd, 0xe050e050,
        0xa6d5a6d5, 0x90789078, 0x3d833d83, 0x0b2e0b2e, 0xeb7eeb7e, 0xddd3ddd3, 0x70287028, 0x46854685,
    ];

    /// <summary>Index of the loop that owns a packet.</summary>
    /// <param name="packet">Parsed.</param>
    /// <param name="loops">How many there are.</param>
    /// <param name="self">Who asks: the owner of what has no state anywhere.</param>
    public static int OwnerOf(in ParsedPacket packet, int loops, int self)
    {
        if (packet.Status != ParseStatus.Ip || packet.L4 == L4Kind.NeighbourDiscovery)
        {
            return self;
        }

        bool tellsOfAnother = packet.L4 == L4Kind.IcmpError && packet.Embedded.IpVersion == packet.Key.IpVersion;
        uint hash = tellsOfAnother ? Of(packet.Embedded) : Of(packet.Key);
        return (int)((hash & IndirectionMask) % (uint)loops);
    }

    /// <summary>Index of the loop that owns a packet of a connection.</summary>
    public static int OwnerOf(in ConnectionKey key, int loops)
    {
        // Of IPv6 as on the wire.
        ulong fold = key.Addrs0 ^ key.Addrs1 ^ key.Addrs2 ^ key.Addrs3;
        uint hash = OfFold(key.IpVersion == 4 ? fold : BinaryPrimitives.ReverseEndianness(fold));
        return (int)((hash & IndirectionMask) % (uint)loops);
    }

    /// <summary>The hash of a tuple's addresses, the same for both directions.</summary>
    public static uint Of(in FlowKey key)
    {
        UInt128 both = key.SrcAddr ^ key.DstAddr;
        return OfFold(unchecked((ulong)(both >> 64) ^ (ulong)both));
    }

    private static uint OfFold(ulong fold)
    {
        fold ^= fold >> 32;
        int word = (int)((fold ^ (fold >> 16)) & 0xffff);
        return Terms[word >> 12] ^ Terms[16 + ((word >> 8) & 15)] ^ Terms[32 + ((word >> 4) & 15)] ^ Terms[48 + (word & 15)];
    }
}
