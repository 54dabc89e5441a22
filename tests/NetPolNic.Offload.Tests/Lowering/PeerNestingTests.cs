using System.Collections.Immutable;
using CsCheck;
using NetPolNic.Offload.Lowering;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Lowering;

public sealed class PeerNestingTests
{
    [Fact]
    public void Takes_the_private_blocks_out_of_everything()
    {
        PeerNesting? nesting = PeerNesting.Of(
            Set(["0.0.0.0/0"], ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]).Prefixes);

        Assert.Equal([IpPrefix.Parse("0.0.0.0/0")], nesting!.Includes);
        Assert.Equal(
            [IpPrefix.Parse("10.0.0.0/8"), IpPrefix.Parse("172.16.0.0/12"), IpPrefix.Parse("192.168.0.0/16")], nesting.Excludes);
    }

    [Fact]
    public void Takes_single_addresses_out_of_a_block()
    {
        PeerNesting? nesting = PeerNesting.Of(Set(["10.1.0.0/16", "fd00::/16"], ["10.1.2.3/32"]).Prefixes[..16]);

        Assert.Equal([IpPrefix.Parse("10.1.0.0/16")], nesting!.Includes);
        Assert.Equal([IpPrefix.Parse("10.1.2.3/32")], nesting.Excludes);
    }

    [Fact]
    public void Puts_pods_into_the_private_blocks_again()
    {
        string[] pods = ["10.1.2.3/32", "10.1.2.6/31", "192.168.7.7/32"];
        PeerSet peers = Set(["0.0.0.0/0"], ["10.0.0.0/8", "192.168.0.0/16"]).Union(Set(pods, []));

        PeerNesting? nesting = PeerNesting.WithInner(peers.Prefixes);

        Assert.Equal([IpPrefix.Parse("0.0.0.0/0")], nesting!.Includes);
        Assert.Equal([IpPrefix.Parse("10.0.0.0/8"), IpPrefix.Parse("192.168.0.0/16")], nesting.Excludes);
        Assert.Equal(pods.Select(IpPrefix.Parse), nesting.Inner);
        Assert.Equal([IpPrefix.Parse("0.0.0.0/0")], nesting.Widest);
    }

    [Theory]
    [InlineData("10.0.0.1/32", "10.0.0.3/32", "10.0.0.5/32", "10.0.0.7/32")]
    [InlineData("10.0.0.0/8", "12.0.0.0/8", "14.0.0.0/8", "16.0.0.0/8")]
    [InlineData("10.0.0.0/8")]
    public void Leaves_alone_what_is_about_as_long_either_way(params string[] blocks) =>
        Assert.Null(PeerNesting.Of(Set(blocks, []).Prefixes));

    [Fact]
    public void Means_the_same_addresses_in_fewer_than_half_the_rules()
    {
        Gen<(string[], string[])> cases = Gen.Select(
            Block(Pick.Of(0, 1, 4, 8)).Array[1, 3], Block(Pick.Of(12, 14, 16, 24, 32)).Array[0, 4]);
        PCG random = new(stream: 5, seed: 2);
        int nested = 0;
        for (int i = 0; i < 2000; i++)
        {
            (string[] blocks, string[] holes) = cases.Generate(random, null, out _);
            ImmutableArray<IpPrefix> prefixes = Set(blocks, holes).Prefixes;
            if (PeerNesting.Of(prefixes) is not { } nesting)
            {
                continue;
            }

            nested++;
            Assert.Equal(prefixes, PeerSet.Of(nesting.Includes).Except(PeerSet.Of(nesting.Excludes)).Prefixes);
            Assert.InRange(nesting.Count, 1, (prefixes.Length - 1) / 2);
            Assert.All(nesting.Excludes, hole => Assert.Contains(nesting.Includes, include => include.Contains(hole)));
        }

        Assert.InRange(nested, 500, 2000);
    }

    [Fact]
    public void Means_the_same_addresses_with_peers_in_exceptions()
    {
        Gen<(string[], string[], string[])> cases = Gen.Select(
            Block(Pick.Of(0, 1, 4, 8)).Array[1, 2], Block(Pick.Of(8, 12, 16, 24)).Array[1, 3], Block(Pick.Of(24, 30, 31, 32)).Array[1, 9]);
        PCG random = new(stream: 5, seed: 3);
        int inner = 0;
        for (int i = 0; i < 2000; i++)
        {
            (string[] blocks, string[] holes, string[] peers) = cases.Generate(random, null, out _);
            ImmutableArray<IpPrefix> prefixes = Set(blocks, holes).Union(Set(peers, [])).Prefixes;
            if (PeerNesting.WithInner(prefixes) is not { } nesting)
            {
                continue;
            }

            inner += nesting.Inner.IsEmpty ? 0 : 1;
            PeerSet outer = PeerSet.Of(nesting.Includes).Except(PeerSet.Of(nesting.Excludes));
            Assert.Equal(prefixes, outer.Union(PeerSet.Of(nesting.Inner)).Prefixes);
            Assert.InRange(nesting.Count, 1, prefixes.Length - 1);
            Assert.All(
                nesting.Inner,
                peer => Assert.True(
                    nesting.Excludes.Any(hole => hole.Contains(peer)) || !nesting.Includes.Any(block => block.Contains(peer))));
            Assert.All(prefixes, prefix => Assert.Single(nesting.Widest, block => block.Contains(prefix)));
        }

        Assert.InRange(inner, 300, 2000);
    }

    private static Gen<string> Block(Gen<int> length) => Gen.Select(
        Pick.Of(10, 11, 90), Gen.Int[0, 255], length, (a, b, bits) => IpPrefix.Parse($"{a}.{b}.64.1/{bits}").ToString());

    private static PeerSet Set(string[] blocks, string[] holes) =>
        PeerSet.Of(blocks.Select(IpPrefix.Parse)).Except(PeerSet.Of(holes.Select(IpPrefix.Parse)));
}
