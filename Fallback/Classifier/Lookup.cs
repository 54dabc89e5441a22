using System.Numerics;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Classifier;

/// <summary>
/// Questions to <see cref="ClassifierTables"/>; the cost does not depend on the number of rules but its log.
/// </summary>
[HotPath]
internal static unsafe class Lookup
{
    /// <summary>Seed of the address table: its keys are the pods' addresses, which no sender chooses.</summary>
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
    public static bool Allows(ClassifierTables* tables, int set, UInt128 peer, in FlowKey key)
    {
        if (set == ClassifierTables.None)
        {
            return true;
        }

        SetRecord* record = tables->Sets + set;
        int list;
        if (key.IpVersion == 4)
        {
            uint* starts = tables->V4Starts + record->V4Start;
            list = tables->V4Ports[record->V4Start + LastNotAbove(starts, record->V4Count, (uint)peer)];
        }
        else
        {
            UInt128* starts = tables->V6Starts + record->V6Start;
            list = tables->V6Ports[record->V6Start + LastNotAbove(starts, record->V6Count, peer)];
        }

        return AllowsPort(tables, tables->PortLists + list, key.IpProto, key.DstL4Port);
    }

    private static bool AllowsPort(ClassifierTables* tables, PortList* list, byte ipProto, ushort dstL4Port)
    {
        if (list->AllTraffic != 0)
        {
            return true;
        }

        uint wanted = ((uint)ipProto << 16) | dstL4Port;
        L4PortInterval* intervals = tables->PortIntervals + list->Start;
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

    /// <summary>Index of the interval that holds an address; the first interval starts at 0.</summary>
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
