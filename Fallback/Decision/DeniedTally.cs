using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Policy.Model;

namespace NetPolNic.Fallback.Decision;

/// <summary>
/// Which denied packets are most frequent: a space-saving sketch (Metwally, Agrawal, El Abbadi 2005) in buckets of seven, so
/// that a packet costs few cache lines however many peers there are. Counted are pairs, and the pod that denied. A new key takes the place of its bucket's rarest one
/// and its count, which then is the bound of its error. A key with more than a seventh of its bucket's packets is always in.
/// </summary>
/// <remarks>
/// Two banks: the worker counts in one, the control thread takes and clears the other. The worker may be about to write to a
/// bank just taken: that spoils one count, and nothing else is made of it than a choice among exact rules.
/// </remarks>
[HotPath]
internal static unsafe class DeniedTally
{
    private const int Ways = 7;
    private const int Buckets = 512;
    private const byte BareSyn = 1;
    private const byte Fragment = 2;
    private const byte Total = 4;

    /// <summary>Native memory that a tally takes, to be aligned to a cache line and zeroed.</summary>
    public static nuint MemoryBytes => (nuint)sizeof(Header) + (2 * BankBytes);

    private static nuint BankBytes => (nuint)(Buckets * (sizeof(Bucket) + (Ways * sizeof(Key))));

    /// <summary>Counts a denied packet. The worker's thread; allocates nothing.</summary>
    public static void Add(void* tally, in ParsedPacket packet, DropReason reason)
    {
        Header* header = (Header*)tally;
        byte flags = packet.Fragment != FragmentKind.Whole ? Fragment
            : packet.L4 == L4Kind.TcpSyn ? BareSyn : (byte)0;
        Key key = new()
        {
            Src = packet.Key.SrcAddr,
            Dst = packet.Key.DstAddr,
            Proto = packet.Key.IpProto,
            Version = packet.Key.IpVersion,
            Flags = flags,
            Reason = reason,
        };
        Count(header, key);
        if (reason is DropReason.IngressDenied or DropReason.EgressDenied)
        {
            bool ingress = reason == DropReason.IngressDenied;
            key.Src = ingress ? UInt128.Zero : key.Src;
            key.Dst = ingress ? key.Dst : UInt128.Zero;
            key.Proto = 0;
            key.Flags = Total;
            Count(header, key);
        }
    }

    /// <summary>Sets up zeroed memory.</summary>
    /// <param name="tally">Memory of <see cref="MemoryBytes"/>.</param>
    /// <param name="seed">Keeps senders from choosing each other's buckets.</param>
    public static void Initialise(void* tally, ulong seed) => ((Header*)tally)->Seed = seed;

    /// <summary>What was counted since the last call, in no order. One control thread; allocates.</summary>
    public static List<DeniedTallyEntry> Take(void* tally)
    {
        Header* header = (Header*)tally;
        uint taken = header->Active;
        Volatile.Write(ref header->Active, taken ^ 1);
        byte* bank = BankOf(header, taken);
        List<DeniedTallyEntry> entries = [];
        for (int at = 0; at < Buckets; at++)
        {
            Bucket bucket = ((Bucket*)bank)[at];
            for (int way = 0; way < Ways; way++)
            {
                Key key = KeysOf(bank, at)[way];
                if (bucket.Counts[way] > key.Error && key.Version is 4 or 6)
                {
                    IpFamily family = (IpFamily)key.Version;
                    entries.Add(new DeniedTallyEntry(
                        key.Flags == Total && key.Reason == DropReason.IngressDenied ? null : new IpAddr(family, key.Src),
                        key.Flags == Total && key.Reason == DropReason.EgressDenied ? null : new IpAddr(family, key.Dst),
                        key.Proto,
                        key.Reason,
                        key.Flags == BareSyn,
                        key.Flags == Fragment,
                        bucket.Counts[way] - key.Error));
                }
            }
        }

        NativeMemory.Clear(bank, BankBytes);
        return entries;
    }

    private static void Count(Header* header, Key key)
    {
        ulong hash = Hashing.Finish(
            Hashing.Mix(key.Src, header->Seed) ^ Hashing.Mix(Hashing.Mix(key.Dst, header->Seed + 1), key.Meta, header->Seed));
        byte* bank = BankOf(header, Volatile.Read(ref header->Active));
        Bucket* bucket = (Bucket*)bank + (hash & (Buckets - 1));
        Key* keys = KeysOf(bank, (int)(hash & (Buckets - 1)));
        uint tag = (uint)(hash >> 32) | 1;
        int rarest = 0;
        for (int way = 0; way < Ways; way++)
        {
            if (bucket->Tags[way] == tag && keys[way].IsSame(key))
            {
                bucket->Counts[way]++;
                return;
            }

            rarest = bucket->Counts[way] < bucket->Counts[rarest] ? way : rarest;
        }

        key.Error = bucket->Counts[rarest];
        keys[rarest] = key;
        bucket->Tags[rarest] = tag;
        bucket->Counts[rarest]++;
    }

    private static byte* BankOf(Header* header, uint index) => (byte*)(header + 1) + (index * BankBytes);

    private static Key* KeysOf(byte* bank, int bucket) =>
        (Key*)(bank + (Buckets * sizeof(Bucket))) + (bucket * Ways);

    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Header
    {
        public ulong Seed;
        public uint Active;
    }

    /// <summary>One cache line.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Bucket
    {
        public fixed uint Tags[Ways];
        public fixed uint Counts[Ways];
    }

    /// <summary>One cache line.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    private struct Key
    {
        [FieldOffset(0)]
        public UInt128 Src;

        [FieldOffset(16)]
        public UInt128 Dst;

        [FieldOffset(32)]
        public uint Meta;

        [FieldOffset(32)]
        public byte Proto;

        [FieldOffset(33)]
        public byte Version;

        [FieldOffset(34)]
        public byte Flags;

        [FieldOffset(35)]
        public DropReason Reason;

        [FieldOffset(36)]
        public uint Error;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly bool IsSame(in Key other) => Src == other.Src && Dst == other.Dst && Meta == other.Meta;
    }
}
