using CsCheck;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Lowering;

public sealed class PeerBlocksTests
{
    [Theory]
    [InlineData(1, "10.0.0.0/8")]
    [InlineData(2, "10.1.0.0/21 10.200.0.9/32")]
    [InlineData(3, "10.1.2.0/24 10.1.7.0/24 10.200.0.9/32")]
    [InlineData(9, "10.1.2.0/25 10.1.2.200/32 10.1.7.0/24 10.200.0.9/32")]
    public void Parts_at_the_widest_gaps(int most, string blocks)
    {
        PeerSet peers = PeerSet.Of(
            [.. new[] { "10.1.2.0/25", "10.1.2.200/32", "10.1.7.0/24", "10.200.0.9/32" }.Select(IpPrefix.Parse)]);

        Assert.Equal(blocks, string.Join(' ', PeerBlocks.Around([.. peers.Prefixes], most)));
    }

    [Fact]
    public void Contains_every_prefix_in_disjoint_blocks() =>
        Gen.Select(
            Gen.Select(Gen.Bool, Gen.Int[0, 4095], Gen.Int[0, 8]).Array[1, 40],
            Gen.Int[1, 20],
            Gen.Bool).Sample(
            (some, most, v4) =>
            {
                IpPrefix[] all = [.. some.Select(one => Block(v4, one))];
                IReadOnlyList<IpPrefix> prefixes = [.. PeerSet.Of(all).Prefixes];
                IReadOnlyList<IpPrefix> blocks = PeerBlocks.Around(prefixes, most);

                Assert.InRange(blocks.Count, 1, Math.Min(most, prefixes.Count));
                Assert.All(prefixes, prefix => Assert.Single(blocks, block => block.Contains(prefix)));
                Assert.All(blocks, block => Assert.Single(blocks, other => other.Contains(block) || block.Contains(other)));
            },
            iter: 2000);

    private static IpPrefix Block(bool v4, (bool Far, int Low, int Bits) one)
    {
        int bits = v4 ? 32 : 128;
        UInt128 far = one.Far ? UInt128.One << (bits - 1) : UInt128.Zero;
        UInt128 low = (UInt128)(one.Low >> one.Bits << one.Bits);
        return new IpPrefix(new IpAddr(v4 ? IpFamily.V4 : IpFamily.V6, far + low), bits - one.Bits);
    }
}
