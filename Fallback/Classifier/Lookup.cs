using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Classifier;

/// <summary>
/// Questions to <see cref="ClassifierTables"/>. The cost does not depend on the number of single addresses, and on the
/// number of blocks by its log.
/// </summary>
[HotPath]
internal static unsafe class Lookup
{
    /// <summary>Seed of the address tables: their keys are the pods' addresses, which no sender chooses.</summary>
    public const ulong AddressSeed = 0x2545f4914f6cdd1d;

    /// <summary>Index of the local endpoint that owns an address, or <see cref="ClassifierTables.None"/>.</summary>
    public static int FindEndpoint(ClassifierTables* tables, UInt128 addr, byte ipVersion)
    {
        uint slot = unchecked((uint)Hashing.Mix(addr, AddressSeed)) & tables->SlotMask;
        while (true)
        {
            AddressSlot* at = tables->Slots + slot;
            if (at->EndpointPlusOne == 0)
            {
                return ClassifierTables.None;
            }

            if (at->Addr == addr && at->IpVersion == ipVersion)
            {
                return at->EndpointPlusOne - 1;
            }

            slot = unchecked(slot + 1) & tables->SlotMask;
        }
    }

    /// <summary>Where the search for an endpoint's number starts, before the mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint IdHome(uint id) => unchecked(id * 0x9e3779b1u >> 7);

    /// <summary>
    /// Whether what was judged of a connection in an older generation still holds: its addresses have the same owners, and
    /// the policy of those is what it was.
    /// </summary>
    /// <param name="tables">The snapshot in force.</param>
    /// <param name="lowId">Number of the endpoint at one end, or 0.</param>
    /// <param name="highId">Number of the endpoint at the other end, or 0.</param>
    /// <param name="generation">When it was judged.</param>
    public static bool IsUnchangedSince(ClassifierTables* tables, uint lowId, uint highId, uint generation) =>
        unchecked((int)(tables->AddressesSince - generation)) <= 0 &&
        IsUnchangedSince(tables, lowId, generation) && IsUnchangedSince(tables, highId, generation);

    /// <summary>The same, as far as it is seen at once: false may mean that it takes a search.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSurelyUnchangedSince(ClassifierTables* tables, uint lowId, uint highId, uint generation)
    {
        // The free slot has the number 0, which is nobody's.
        IdSlot* low = tables->ById + (IdHome(lowId) & tables->IdMask);
        IdSlot* high = tables->ById + (IdHome(highId) & tables->IdMask);
        return unchecked((int)(tables->AddressesSince - generation)) <= 0 &&
            (lowId == 0 || (low->Id == lowId && unchecked((int)(low->ChangedIn - generation)) <= 0)) &&
            (highId == 0 || (high->Id == highId && unchecked((int)(high->ChangedIn - generation)) <= 0));
    }

    private static bool IsUnchangedSince(ClassifierTables* tables, uint id, uint generation)
    {
        if (id == 0)
        {
            return true;
        }

        uint slot = IdHome(id) & tables->IdMask;
        while (tables->ById[slot].Id != id)
        {
            if (tables->ById[slot].Id == 0)
            {
                return false;
            }

            slot = (slot + 1) & tables->IdMask;
        }

        return unchecked((int)(tables->ById[slot].ChangedIn - generation)) <= 0;
    }

    /// <summary>Whether an endpoint and a peer may always talk: its own addresses, its node (S-b12, S-b13).</summary>
    public static bool IsExemptPeer(ClassifierTables* tables, int endpoint, UInt128 peer, byte ipVersion)
    {
        EndpointRecord* record = tables->Endpoints + endpoint;
        for (int i = record->ExemptStart; i < record->ExemptStart + record->ExemptCount; i++)
        {
            AddressRange* range = tables->Exempt + i;
            if (range->IpVersion == ipVersion && peer >= range->First && peer <= range->Last)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a policy set lets the first packet of a connection with <paramref name="peer"/> pass.</summary>
    /// <param name="set">Null: not isolated.</param>
    /// <param name="peer">The other end, of the key's IP version.</param>
    /// <param name="key">The packet's tuple.</param>
    public static bool Allows(SetTable* set, UInt128 peer, in FlowKey key)
    {
        if (set == null)
        {
            return true;
        }

        int list = key.IpVersion == 4 ? V4List(set, (uint)peer) : V6List(set, peer);
        return AllowsPort(set, set->Lists + list, key.IpProto, key.DstL4Port);
    }

    /// <summary>Has the place brought near where the search for a single address in a set starts.</summary>
    /// <param name="set">Null: nothing to do.</param>
    /// <param name="peer">Of the version.</param>
    /// <param name="ipVersion">4 or 6.</param>
    public static void Prefetch(SetTable* set, UInt128 peer, byte ipVersion)
    {
        if (set == null || !Sse.IsSupported)
        {
            return;
        }

        if (ipVersion == 4 && set->V4HostSlots != 0)
        {
            Sse.Prefetch0(set->V4Hosts + V4HostSlot((uint)peer, set->V4HostSlots));
        }
        else if (ipVersion != 4 && set->V6HostSlots != 0)
        {
            Sse.Prefetch0(set->V6Hosts + V6HostSlot(peer, set->V6HostSlots));
        }
    }

    /// <summary>Where the search for a single IPv4 address starts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint V4HostSlot(uint addr, uint slots) => Scale(Hashing.Bucket(addr, AddressSeed), slots);

    /// <summary>Where the search for a single IPv6 address starts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint V6HostSlot(UInt128 addr, uint slots) =>
        Scale(Hashing.Finish(Hashing.Mix(addr, AddressSeed)), slots);

    /// <summary>Maps a hash to 0..slots-1 by its high half, so that tables need not be powers of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Scale(ulong hash, uint slots) => (uint)(((hash >> 32) * slots) >> 32);

    private static int V4List(SetTable* set, uint peer)
    {
        if (set->V4HostSlots != 0)
        {
            uint slot = V4HostSlot(peer, set->V4HostSlots);
            while (set->V4Hosts[slot].ListPlusOne != 0)
            {
                if (set->V4Hosts[slot].Addr == peer)
                {
                    return set->V4Hosts[slot].ListPlusOne - 1;
                }

                slot = slot + 1 == set->V4HostSlots ? 0 : slot + 1;
            }
        }

        return set->V4Lists[LastNotAbove(set->V4Starts, set->V4Count, peer)];
    }

    private static int V6List(SetTable* set, UInt128 peer)
    {
        if (set->V6HostSlots != 0)
        {
            uint slot = V6HostSlot(peer, set->V6HostSlots);
            while (set->V6Hosts[slot].ListPlusOne != 0)
            {
                if (set->V6Hosts[slot].Addr == peer)
                {
                    return set->V6Hosts[slot].ListPlusOne - 1;
                }

                slot = slot + 1 == set->V6HostSlots ? 0 : slot + 1;
            }
        }

        return set->V6Lists[LastNotAbove(set->V6Starts, set->V6Count, peer)];
    }

    private static bool AllowsPort(SetTable* set, PortList* list, byte ipProto, ushort dstL4Port)
    {
        if (list->AllTraffic != 0)
        {
            return true;
        }

        uint wanted = ((uint)ipProto << 16) | dstL4Port;
        L4PortInterval* intervals = set->Intervals + list->Start;
        int low = 0;
        int high = list->Count;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (intervals[middle].Last < wanted)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low < list->Count && intervals[low].First <= wanted;
    }

    /// <summary>Index of the block that holds an address; the first block starts at 0.</summary>
    private static int LastNotAbove<T>(T* starts, int count, T addr)
        where T : unmanaged, IComparisonOperators<T, T, bool>
    {
        int low = 0;
        int high = count;
        while (high - low > 1)
        {
            int middle = (low + high) >> 1;
            if (starts[middle] <= addr)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
