using CsCheck;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Lowering;

namespace NetPolNic.Offload.Tests.Lowering;

public sealed class PortExpansionTests
{
    [Theory]
    [InlineData(0, 65535, 1)]
    [InlineData(1024, 65535, 6)]
    [InlineData(1, 65534, 30)]
    [InlineData(80, 80, 1)]
    [InlineData(8000, 8191, 2)]
    public void Makes_the_known_number_of_blocks(ushort first, ushort last, int blocks) =>
        Assert.Equal(blocks, PortExpansion.ToBlocks(new L4Interval(first, last)).Count);

    [Fact]
    public void Is_exact_and_made_of_blocks() =>
        Gen.Select(Gen.UShort, Gen.UShort).Sample(
            (a, b) =>
            {
                L4Interval interval = new(Math.Min(a, b), Math.Max(a, b));
                IReadOnlyList<L4Interval> blocks = PortExpansion.ToBlocks(interval);
                Assert.All(blocks, block => Assert.True(block.IsBlock));
                Assert.Equal(interval.First, blocks[0].First);
                Assert.Equal(interval.Last, blocks[^1].Last);
                Assert.All(blocks.Zip(blocks.Skip(1)), pair => Assert.Equal(pair.First.Last + 1, pair.Second.First));
            },
            iter: 2000);

    [Fact]
    public void Is_minimal_for_every_interval_of_the_lowest_64_ports()
    {
        for (int first = 0; first < 64; first++)
        {
            // best[n]: the fewest aligned blocks that make up first..first+n-1, by exhaustive search.
            int[] best = new int[65 - first];
            for (int length = 1; length <= 64 - first; length++)
            {
                best[length] = int.MaxValue;
                for (int size = 1; size <= length; size *= 2)
                {
                    int start = first + length - size;
                    best[length] = start % size == 0 ? Math.Min(best[length], best[length - size] + 1) : best[length];
                }

                L4Interval interval = new((ushort)first, (ushort)(first + length - 1));
                Assert.Equal(best[length], PortExpansion.ToBlocks(interval).Count);
            }
        }
    }

    [Fact]
    public void Keeps_the_interval_whole_when_the_field_knows_ranges() =>
        Assert.Equal([new L4Interval(5, 900)], PortExpansion.Expand(new L4Interval(5, 900), MaskKind.Range, 1)!);

    [Fact]
    public void Gives_single_ports_when_the_field_is_exact() => Assert.Equal(
        [new L4Interval(5, 5), new L4Interval(6, 6)], PortExpansion.Expand(new L4Interval(5, 6), MaskKind.Exact, 64)!);

    [Theory]
    [InlineData(MaskKind.Exact, 64)]
    [InlineData(MaskKind.Any, 5)]
    [InlineData(MaskKind.None, 64)]
    public void Gives_up_when_there_would_be_too_many(MaskKind kind, int limit) =>
        Assert.Null(PortExpansion.Expand(new L4Interval(1024, 65535), kind, limit));
}
