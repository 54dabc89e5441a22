using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Policy.Model;

namespace NetPolNic.Fallback.Decision;

/// <summary>
/// Which denied packets are most frequent: a space-saving sketch (Metwally, Agrawal, El Abbadi 2005) in buckets of seven, so
/// that a packet costs few cache lines however many peers there are. Counted are pairs, and the pod that denied. A new key
/// takes the place of its bucket's rarest one and its count, which then is the bound of its error. A key with more than a
/// seventh of its bucket's packets is always in. A pointer to native memory, which who creates it frees.
/// </summary>
/// <remarks>
/// <para>The first packets after each <see cref="Take"/> are all counted. Of the others one of so many is, at random distances so
/// that no pattern of a sender escapes, and counts for as many.</para>
/// <para>Two banks: the loop counts in one, the control thread takes and clears the other. The loop may be about to write to a
/// bank just taken: that spoils one count, and nothing else is made of it than a choice among exact rules.</para>
/// </remarks>
[HotPath]
internal readonly unsafe struct DeniedTally
{
    /// <summary>Packets after a <see cref="Take"/> that are all counted.</summary>
    internal const int Exact = 4096;

    private const uint DefaultOneOf = 64;
    private const nuint CacheLineBytes = 64;
    private const int Ways = 7;
    private const int Buckets = 512;
    private const byte BareSyn = 1;
    private const byte Fragment = 2;
    private const byte Total = 4;

    private readonly Header* _header;

    private DeniedTally(Header* header)
    {
        _header = header;
    }

    /// <summary>Native memory that a tally takes.</summary>
    public static nuint MemoryBytes => (nuint)sizeof(Header) + (2 * BankBytes);

    private static nuint BankBytes => (nuint)(Buckets * (sizeof(Bucket) + (Ways * sizeof(Key))));

    /// <summary>Makes an empty one.</summary>
    /// <param name="seed">Keeps senders from choosing each other's buckets, and from foreseeing what is counted.</param>
    /// <param name="oneOf">How many packets one stands for where not all are counted.</param>
    public static DeniedTally Create(ulong seed, uint oneOf = DefaultOneOf)
    {
        ArgumentOutOfRangeException.ThrowIfZero(oneOf);
        Header* header = (Header*)NativeMemory.AlignedAlloc(MemoryBytes, CacheLineBytes);
        NativeMemory.Clear(header, MemoryBytes);
        header->Seed = seed;
        header->Random = seed;
        header->OneOf = oneOf;
        header->Weight = 1;
        header->Skip = 1;
        return new DeniedTally(header);
    }

    /// <summary>Counts a denied packet, or leaves it to others to stand for it. The loop's thread; allocates nothing.</summary>
    /// <param name="key">Its addresses and protocol.</param>
    /// <param name="isBareSyn">TCP with SYN and without ACK.</param>
    /// <param name="isFragment">A fragment, be it the first.</param>
    /// <param name="reason">Whose policy denied it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(in FlowKey key, bool isBareSyn, bool isFragment, DropReason reason)
    {
        if (IsNext())
        {
            AddNext(key, isBareSyn, isFragment, reason);
        }
    }

    /// <summary>Whether a denied packet is one of those that are counted; then <see cref="AddNext"/> is to follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsNext() => --_header->Skip == 0;

    /// <summary>Counts the packet that <see cref="IsNext"/> was true for; parameters as for <see cref="Add"/>.</summary>
    public void AddNext(in FlowKey key, bool isBareSyn, bool isFragment, DropReason reason) =>
        AddSample(key, isFragment ? Fragment : isBareSyn ? BareSyn : (byte)0, reason);

    /// <summary>What was counted since the last call, in no order. One control thread; allocates.</summary>
    public List<DeniedTallyEntry> Take()
    {
        Header* header = _header;
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

    /// <summary>Frees the memory; no copy of this may be used any more.</summary>
    public void Free() => NativeMemory.AlignedFree(_header);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddSample(in FlowKey flow, byte flags, DropReason reason)
    {
        Header* header = _header;
        Key key = new()
        {
            Src = flow.SrcAddr,
            Dst = flow.DstAddr,
            Proto = flow.IpProto,
            Version = flow.IpVersion,
            Flags = flags,
            Reason = reason,
        };
        uint active = Volatile.Read(ref header->Active);
        byte* bank = BankOf(header, active);
        Count(header, bank, key);
        if (reason is DropReason.IngressDenied or DropReason.EgressDenied)
        {
            bool ingress = reason == DropReason.IngressDenied;
            key.Src = ingress ? UInt128.Zero : key.Src;
            key.Dst = ingress ? key.Dst : UInt128.Zero;
            key.Proto = 0;
            key.Flags = Total;
            Count(header, bank, key);
        }

        if (header->CountedIn != active)
        {
            header->CountedIn = active;
            header->Counted = 0;
        }

        // From 1 to 2 n - 1 packets on: n on average.
        bool all = ++header->Counted < Exact || header->OneOf == 1;
        header->Random = unchecked((header->Random * 6364136223846793005) + 1442695040888963407);
        header->Skip = all ? 1 : 1 + (uint)(((header->Random >> 32) * ((2 * header->OneOf) - 1)) >> 32);
        header->Weight = all ? 1 : header->OneOf;
    }

    private static void Count(Header* header, byte* bank, Key key)
    {
        ulong hash = Hashing.Finish(
            Hashing.Mix(key.Src, header->Seed) ^ Hashing.Mix(Hashing.Mix(key.Dst, header->Seed + 1), key.Meta, header->Seed));
        Bucket* bucket = (Bucket*)bank + (hash & (Buckets - 1));
        Key* keys = KeysOf(bank, (int)(hash & (Buckets - 1)));
        uint tag = (uint)(hash >> 32) | 1;
        int rarest = 0;
        for (int way = 0; way < Ways; way++)
        {
            if (bucket->Tags[way] == tag && keys[way].IsSame(key))
            {
                bucket->Counts[way] += header->Weight;
                return;
            }

            rarest = bucket->Counts[way] < bucket->Counts[rarest] ? way : rarest;
        }

        key.Error = bucket->Counts[rarest];
        keys[rarest] = key;
        bucket->Tags[rarest] = tag;
        bucket->Counts[rarest] += header->Weight;
    }

    private static byte* BankOf(Header* header, uint index) => (byte*)(header + 1) + (index * BankBytes);

    private static Key* KeysOf(byte* bank, int bucket) =>
        (Key*)(bank + (Buckets * sizeof(Bucket))) + (bucket * Ways);

    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Header
    {
        public ulong Seed;

        /// <summary>The bank that is counted in. The control thread's.</summary>
        public uint Active;

        /// <summary>Packets until the next one that is counted. The loop's, as all that follows.</summary>
        public uint Skip;

        /// <summary>Packets that the next counted one stands for.</summary>
        public uint Weight;

        public uint OneOf;

        /// <summary>Counted in the bank <see cref="CountedIn"/>.</summary>
        public uint Counted;
        public uint CountedIn;
        public ulong Random;
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
