using System.Runtime.InteropServices;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Classifier;

/// <summary>Builds the native table of a policy set in one block of memory. Any control thread.</summary>
internal static unsafe class SetTableBuilder
{
    /// <summary>Longest stretch of IPv4 addresses that is stored address by address, 16 bytes each.</summary>
    private const int MaxV4Hosts = 4;

    /// <summary>Builds the table of an isolated set; the caller owns it.</summary>
    public static SharedSet Build(PolicySet set)
    {
        PortListPool ports = new();
        using StretchList v4 = IntervalSweep.Cut(set.Rules, IpFamily.V4, ports);
        using StretchList v6 = IntervalSweep.Cut(set.Rules, IpFamily.V6, ports);
        (int v4Blocks, int v4Singles) = FillV4(v4.Span, null);
        (int v6Blocks, int v6Singles) = FillV6(v6.Span, null);

        NativeLayout layout = default;
        layout.Reserve<SetTable>(1);
        int v4Starts = layout.Reserve<uint>(v4Blocks);
        int v4Lists = layout.Reserve<int>(v4Blocks);
        int v4Hosts = layout.Reserve<V4Host>(v4Singles * 2);
        int v6Starts = layout.Reserve<UInt128>(v6Blocks);
        int v6Lists = layout.Reserve<int>(v6Blocks);
        int v6Hosts = layout.Reserve<V6Host>(v6Singles * 2);
        int lists = layout.Reserve<PortList>(ports.Lists.Count);
        int intervals = layout.Reserve<L4PortInterval>(ports.Intervals.Count);

        NativeBlock<byte> block = new(layout.Bytes);
        byte* start = block.Pointer;
        SetTable* table = (SetTable*)start;
        *table = new SetTable
        {
            V4Starts = (uint*)(start + v4Starts),
            V4Lists = (int*)(start + v4Lists),
            V4Hosts = (V4Host*)(start + v4Hosts),
            V6Starts = (UInt128*)(start + v6Starts),
            V6Lists = (int*)(start + v6Lists),
            V6Hosts = (V6Host*)(start + v6Hosts),
            Lists = (PortList*)(start + lists),
            Intervals = (L4PortInterval*)(start + intervals),
            V4Count = v4Blocks,
            V6Count = v6Blocks,
            V4HostSlots = (uint)v4Singles * 2,
            V6HostSlots = (uint)v6Singles * 2,
        };
        CollectionsMarshal.AsSpan(ports.Lists).CopyTo(new Span<PortList>(table->Lists, ports.Lists.Count));
        CollectionsMarshal.AsSpan(ports.Intervals)
            .CopyTo(new Span<L4PortInterval>(table->Intervals, ports.Intervals.Count));
        FillV4(v4.Span, table);
        FillV6(v6.Span, table);
        return new SharedSet(block);
    }

    /// <summary>
    /// Puts short stretches into the table as single addresses, over which the blocks around them run on.
    /// </summary>
    /// <param name="stretches">The family's.</param>
    /// <param name="table">Null: only counts.</param>
    private static (int Blocks, int Singles) FillV4(ReadOnlySpan<Stretch> stretches, SetTable* table)
    {
        int blocks = 0;
        int singles = 0;
        int last = -1;
        for (int i = 0; i < stretches.Length; i++)
        {
            uint start = (uint)stretches[i].Start;
            int list = stretches[i].PortList;
            int length = ShortLength(stretches, i, MaxV4Hosts);
            singles += length;
            for (int n = 0; n < length && table != null; n++)
            {
                AddHost(table, start + (uint)n, list);
            }

            if (length == 0 && list != last)
            {
                if (table != null)
                {
                    table->V4Starts[blocks] = start;
                    table->V4Lists[blocks] = list;
                }

                blocks++;
                last = list;
            }
        }

        return (blocks, singles);
    }

    /// <summary>As <see cref="FillV4"/>.</summary>
    private static (int Blocks, int Singles) FillV6(ReadOnlySpan<Stretch> stretches, SetTable* table)
    {
        int blocks = 0;
        int singles = 0;
        int last = -1;
        for (int i = 0; i < stretches.Length; i++)
        {
            int list = stretches[i].PortList;
            int length = ShortLength(stretches, i, longest: 1);
            singles += length;
            if (length > 0 && table != null)
            {
                AddHost(table, stretches[i].Start, list);
            }

            if (length == 0 && list != last)
            {
                if (table != null)
                {
                    table->V6Starts[blocks] = stretches[i].Start;
                    table->V6Lists[blocks] = list;
                }

                blocks++;
                last = list;
            }
        }

        return (blocks, singles);
    }

    /// <summary>Addresses of a stretch, or 0 where it is long.</summary>
    private static int ShortLength(ReadOnlySpan<Stretch> stretches, int index, int longest)
    {
        // The first block must start at 0, and the last stretch has no end to count to.
        if (index == 0 || index + 1 == stretches.Length)
        {
            return 0;
        }

        UInt128 length = stretches[index + 1].Start - stretches[index].Start;
        return length <= (UInt128)longest ? (int)length : 0;
    }

    private static void AddHost(SetTable* table, uint addr, int list)
    {
        uint slot = Lookup.V4HostSlot(addr, table->V4HostSlots);
        while (table->V4Hosts[slot].ListPlusOne != 0)
        {
            slot = slot + 1 == table->V4HostSlots ? 0 : slot + 1;
        }

        table->V4Hosts[slot] = new V4Host { Addr = addr, ListPlusOne = list + 1 };
    }

    private static void AddHost(SetTable* table, UInt128 addr, int list)
    {
        uint slot = Lookup.V6HostSlot(addr, table->V6HostSlots);
        while (table->V6Hosts[slot].ListPlusOne != 0)
        {
            slot = slot + 1 == table->V6HostSlots ? 0 : slot + 1;
        }

        table->V6Hosts[slot] = new V6Host { Addr = addr, ListPlusOne = list + 1 };
    }
}
