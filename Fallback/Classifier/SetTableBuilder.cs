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
        Part v4 = Part.Of(IntervalSweep.Cut(set.Rules, IpFamily.V4, ports), MaxV4Hosts);
        Part v6 = Part.Of(IntervalSweep.Cut(set.Rules, IpFamily.V6, ports), maxHosts: 1);

        NativeLayout layout = default;
        layout.Reserve<SetTable>(1);
        int v4Starts = layout.Reserve<uint>(v4.Blocks.Count);
        int v4Lists = layout.Reserve<int>(v4.Blocks.Count);
        int v4Hosts = layout.Reserve<V4Host>(v4.Hosts.Count * 2);
        int v6Starts = layout.Reserve<UInt128>(v6.Blocks.Count);
        int v6Lists = layout.Reserve<int>(v6.Blocks.Count);
        int v6Hosts = layout.Reserve<V6Host>(v6.Hosts.Count * 2);
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
            V4Count = v4.Blocks.Count,
            V6Count = v6.Blocks.Count,
            V4HostSlots = (uint)v4.Hosts.Count * 2,
            V6HostSlots = (uint)v6.Hosts.Count * 2,
        };
        CollectionsMarshal.AsSpan(ports.Lists).CopyTo(new Span<PortList>(table->Lists, ports.Lists.Count));
        CollectionsMarshal.AsSpan(ports.Intervals)
            .CopyTo(new Span<L4PortInterval>(table->Intervals, ports.Intervals.Count));
        FillV4(table, v4);
        FillV6(table, v6);
        return new SharedSet(block);
    }

    private static void FillV4(SetTable* table, Part part)
    {
        for (int i = 0; i < part.Blocks.Count; i++)
        {
            table->V4Starts[i] = (uint)part.Blocks[i].Start;
            table->V4Lists[i] = part.Blocks[i].PortList;
        }

        foreach (IntervalSweep.Stretch host in part.Hosts)
        {
            uint slot = Lookup.V4HostSlot((uint)host.Start, table->V4HostSlots);
            while (table->V4Hosts[slot].ListPlusOne != 0)
            {
                slot = slot + 1 == table->V4HostSlots ? 0 : slot + 1;
            }

            table->V4Hosts[slot] = new V4Host { Addr = (uint)host.Start, ListPlusOne = host.PortList + 1 };
        }
    }

    private static void FillV6(SetTable* table, Part part)
    {
        for (int i = 0; i < part.Blocks.Count; i++)
        {
            table->V6Starts[i] = part.Blocks[i].Start;
            table->V6Lists[i] = part.Blocks[i].PortList;
        }

        foreach (IntervalSweep.Stretch host in part.Hosts)
        {
            uint slot = Lookup.V6HostSlot(host.Start, table->V6HostSlots);
            while (table->V6Hosts[slot].ListPlusOne != 0)
            {
                slot = slot + 1 == table->V6HostSlots ? 0 : slot + 1;
            }

            table->V6Hosts[slot] = new V6Host { Addr = host.Start, ListPlusOne = host.PortList + 1 };
        }
    }

    /// <summary>One family's stretches: short ones as single addresses, over which the blocks around them run on.</summary>
    private sealed class Part
    {
        public List<IntervalSweep.Stretch> Blocks { get; } = [];

        public List<IntervalSweep.Stretch> Hosts { get; } = [];

        public static Part Of(List<IntervalSweep.Stretch> stretches, int maxHosts)
        {
            Part part = new();
            for (int i = 0; i < stretches.Count; i++)
            {
                IntervalSweep.Stretch stretch = stretches[i];

                // The first block starts at 0, and the last stretch has no end to count to.
                bool isShort = i > 0 && i + 1 < stretches.Count &&
                    stretches[i + 1].Start - stretch.Start <= (UInt128)maxHosts;
                if (isShort)
                {
                    for (UInt128 addr = stretch.Start; addr < stretches[i + 1].Start; addr++)
                    {
                        part.Hosts.Add(stretch with { Start = addr });
                    }
                }
                else if (part.Blocks.Count == 0 || part.Blocks[^1].PortList != stretch.PortList)
                {
                    part.Blocks.Add(stretch);
                }
            }

            return part;
        }
    }
}
