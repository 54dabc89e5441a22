using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Tests.Decision;

public sealed class DeniedTallyTests : IDisposable
{
    // Every packet is counted.
    private readonly DeniedTally _tally = DeniedTally.Create(7, 1);
    private readonly DeniedTally _sampled = DeniedTally.Create(7);

    public void Dispose()
    {
        _tally.Free();
        _sampled.Free();
    }

    [Fact]
    public void Counts_pairs_by_protocol_and_kind_and_the_pod_that_denied()
    {
        Add(1, 100, 3, L4Kind.TcpSyn);
        Add(1, 100, 2, L4Kind.TcpData);
        Add(1, 100, 1, L4Kind.TcpData, FragmentKind.Later);
        Add(1, 100, 4, L4Kind.TcpData, reason: DropReason.EgressDenied);
        Add(1, 100, 5, L4Kind.TcpData, reason: DropReason.ConnectionCut);

        string[] entries = [.. _tally.Take().Select(Show).Order(StringComparer.Ordinal)];

        Assert.Equal(
            [
                "0.0.0.1>0.0.0.100/6 ConnectionCut 5",
                "0.0.0.1>0.0.0.100/6 EgressDenied 4",
                "0.0.0.1>0.0.0.100/6 IngressDenied 2",
                "0.0.0.1>0.0.0.100/6 fragment IngressDenied 1",
                "0.0.0.1>0.0.0.100/6 syn IngressDenied 3",
                "0.0.0.1>any/0 EgressDenied 4",
                "any>0.0.0.100/0 IngressDenied 6",
            ],
            entries);
        Assert.Empty(_tally.Take());
    }

    [Fact]
    public void Keeps_the_frequent_ones_when_there_are_far_more_pairs_than_room()
    {
        const int Frequent = 200;
        for (uint round = 0; round < 100; round++)
        {
            for (uint src = 0; src < Frequent; src++)
            {
                Add(src, 1, 10, L4Kind.TcpSyn);
            }

            for (uint once = 0; once < 2000; once++)
            {
                Add(100_000 + (round * 2000) + once, 2, 1, L4Kind.TcpSyn);
            }
        }

        List<DeniedTallyEntry> entries = _tally.Take();

        DeniedTallyEntry[] found = [.. entries.Where(entry => entry.Src is { Value: var src } && src < Frequent)];
        Assert.Equal(Frequent, found.Length);
        Assert.All(found, entry => Assert.InRange(entry.Packets, 700, 1000));

        // What is spread over many peers shows in the pod's total.
        Assert.Equal(
            [Frequent * 1000L, 200_000L],
            entries.Where(entry => entry.Src is null).OrderBy(entry => entry.Dst!.Value.Value).Select(entry => entry.Packets));
    }

    [Fact]
    public void Never_says_more_than_was_counted()
    {
        Random random = new(5);
        Dictionary<uint, long> truth = [];
        for (int i = 0; i < 50_000; i++)
        {
            uint src = (uint)(random.Next(200) * random.Next(200));
            truth[src] = truth.GetValueOrDefault(src) + 1;
            Add(src, 9, 1, L4Kind.Other);
        }

        Assert.All(
            _tally.Take().Where(entry => entry.Src is not null),
            entry => Assert.InRange(entry.Packets, 1, truth[(uint)entry.Src!.Value.Value]));
    }

    [Fact]
    public void Counts_few_packets_exactly_and_estimates_many_whatever_their_order()
    {
        for (uint i = 0; i < DeniedTally.Exact; i++)
        {
            Sample(i % 4);
        }

        Assert.All(_sampled.Take().Where(entry => entry.Src is not null), entry => Assert.Equal(1024, entry.Packets));

        // A sender that takes turns in step with whatever is counted would be seen too often, or never.
        foreach (uint turns in (uint[])[2, 4, 8, 16, 31])
        {
            const int Each = 100_000;
            for (uint i = 0; i < turns * Each; i++)
            {
                Sample(i % turns);
            }

            IReadOnlyList<DeniedTallyEntry> entries = _sampled.Take();
            Assert.All(
                Enumerable.Range(0, (int)turns),
                src => Assert.InRange(
                    entries.Single(entry => entry.Src is { Value: var value } && value == (uint)src).Packets,
                    Each * 9 / 10,
                    Each * 11 / 10));
            Assert.InRange(entries.Single(entry => entry.Src is null).Packets, turns * Each * 97 / 100, turns * Each * 103 / 100);
        }
    }

    [Fact]
    public void Allocates_nothing()
    {
        Add(1, 2, 1, L4Kind.Other);
        Sample(1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (uint i = 0; i < 10_000; i++)
        {
            Add(i, 2, 1, L4Kind.Other);
            Sample(i);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private void Sample(uint src) => _sampled.Add(
        new FlowKey { SrcAddr = src, DstAddr = 5, IpProto = 17, IpVersion = 4 }, false, false, DropReason.IngressDenied);

    private static string Show(DeniedTallyEntry entry) =>
        $"{entry.Src?.ToString() ?? "any"}>{entry.Dst?.ToString() ?? "any"}/{entry.IpProto}" +
        $"{(entry.IsFragment ? " fragment" : "")}{(entry.IsBareSyn ? " syn" : "")} {entry.Reason} {entry.Packets}";

    private void Add(
        uint src,
        uint dst,
        int count,
        L4Kind kind,
        FragmentKind fragment = FragmentKind.Whole,
        DropReason reason = DropReason.IngressDenied)
    {
        FlowKey key = new() { SrcAddr = src, DstAddr = dst, IpProto = 6, IpVersion = 4 };
        for (int i = 0; i < count; i++)
        {
            _tally.Add(key, kind == L4Kind.TcpSyn, fragment != FragmentKind.Whole, reason);
        }
    }
}
