using CsCheck;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Policy.Tests.Resolve;

/// <summary>PeerSet algebra against one bit per address, in a 256-address corner of each family.</summary>
public sealed class PeerSetTests
{
    private static readonly Gen<IpPrefix> s_v4 =
        Gen.Select(Gen.UInt[0, 255], Gen.Int[24, 32], (a, l) => new IpPrefix(IpAddr.V4(a), l));

    /// <summary>The top of the v4 space, where an end that overflows would show.</summary>
    private static readonly Gen<IpPrefix> s_v4Top =
        Gen.Select(Gen.UInt[0, 255], Gen.Int[24, 32], (a, l) => new IpPrefix(IpAddr.V4(0xffffff00 + a), l));

    private static readonly Gen<IpPrefix> s_v6 =
        Gen.Select(Gen.UInt[0, 255], Gen.Int[120, 128], (a, l) => new IpPrefix(IpAddr.V6(a), l));

    private static readonly Gen<IpPrefix> s_v6Top = Gen.Select(
        Gen.UInt[0, 255],
        Gen.Int[120, 128],
        (a, l) => new IpPrefix(IpAddr.V6(UInt128.MaxValue - 255 + a), l));

    private static readonly Gen<IpPrefix[]> s_prefixes = Gen.OneOf(s_v4, s_v4Top, s_v6, s_v6Top).Array[0, 12];

    private static readonly IpAddr[] s_universe =
    [
        .. Enumerable.Range(0, 256).SelectMany(i => new[]
        {
            IpAddr.V4((uint)i), IpAddr.V4(0xffffff00 + (uint)i),
            IpAddr.V6((UInt128)(uint)i), IpAddr.V6(UInt128.MaxValue - 255 + (uint)i),
        }),
    ];

    [Fact]
    public void Algebra_equals_bitsets()
    {
        Gen.Select(s_prefixes, s_prefixes).Sample((left, right) =>
        {
            PeerSet a = PeerSet.Of(left);
            PeerSet b = PeerSet.Of(right);
            foreach (IpAddr addr in s_universe)
            {
                bool inA = left.Any(p => p.Contains(addr));
                bool inB = right.Any(p => p.Contains(addr));
                Assert.Equal(inA, a.Contains(addr));
                Assert.Equal(inA || inB, a.Union(b).Contains(addr));
                Assert.Equal(inA && !inB, a.Except(b).Contains(addr));
                Assert.Equal(inA && inB, a.Intersect(b).Contains(addr));
                Assert.Equal(inA && !inB, PeerSet.Of(left, right).Contains(addr));
            }

            Assert.Equal(s_universe.All(u => !right.Any(p => p.Contains(u)) || left.Any(p => p.Contains(u))), a.Contains(b));
            Assert.Equal(a.Intersect(b).Prefixes.Length > 0, a.Overlaps(b));
        });
    }

    [Fact]
    public void Form_is_canonical()
    {
        Gen.Select(s_prefixes, s_prefixes, Gen.Int).Sample((left, right, seed) =>
        {
            PeerSet a = PeerSet.Of(left);
            IpPrefix[] shuffled = [.. left, .. left];
            new Random(seed).Shuffle(shuffled);
            Assert.Equal(a, PeerSet.Of(shuffled));
            Assert.Equal(a.GetHashCode(), PeerSet.Of(shuffled).GetHashCode());
            Assert.Equal(a.Union(PeerSet.Of(right)), PeerSet.Of([.. right, .. left]));
            AssertMinimal(a);
            AssertMinimal(a.Except(PeerSet.Of(right)));
            AssertMinimal(a.Union(PeerSet.Of(right)));
        });
    }

    [Fact]
    public void Splice_equals_set_algebra()
    {
        Gen.Select(s_prefixes, s_prefixes, s_prefixes).Sample((start, plus, minus) =>
        {
            PeerSet set = PeerSet.Of(start);
            List<AddrInterval> added = AddrIntervals.Canonical(plus);
            List<AddrInterval> removed = AddrIntervals.Except(AddrIntervals.Canonical(minus), added);
            PeerSet expected = set.Except(PeerSet.Of(minus)).Union(PeerSet.Of(plus));
            PeerSet spliced = set.Splice(added, removed);
            Assert.Equal(expected, spliced);
            Assert.Equal(expected.GetHashCode(), spliced.GetHashCode());
            Assert.Equal(expected.OfFamily(IpFamily.V4), spliced.OfFamily(IpFamily.V4));
            AssertMinimal(spliced);
        });
    }

    [Fact]
    public void Union_with_a_small_set_equals_the_canonical_form_of_all_prefixes()
    {
        Gen.Select(Gen.UInt[0, 2000].Array[0, 400], s_prefixes.Where(p => p.Length < 4)).Sample((many, few) =>
        {
            IpPrefix[] left = [.. many.Select(a => IpPrefix.Host(IpAddr.V4(a)))];
            PeerSet expected = PeerSet.Of([.. left, .. few]);
            Assert.Equal(expected, PeerSet.Of(left).Union(PeerSet.Of(few)));
            Assert.Equal(expected, PeerSet.UnionOf([PeerSet.Of(few), .. left.Chunk(50).Select(PeerSet.Of)]));
        });
    }

    [Theory]
    [InlineData("0.0.0.0/0", "0.0.0.0/1 128.0.0.0/1")]
    [InlineData("::/0", "::/1 8000::/1")]
    [InlineData("10.0.0.0/23", "10.0.0.0/24 10.0.1.0/24")]
    [InlineData("255.255.255.254/31", "255.255.255.255/32 255.255.255.254/32")]
    [InlineData("10.0.1.0/24 10.0.2.0/24", "10.0.1.0/24 10.0.2.0/24")]
    [InlineData("255.255.255.255/32 ::/128", "::/128 255.255.255.255/32")]
    public void Adjacent_prefixes_merge_when_they_make_one_block(string expected, string input)
    {
        Assert.Equal(expected, PeerSet.Of(input.Split(' ').Select(IpPrefix.Parse)).ToString());
    }

    [Fact]
    public void Everything_minus_one_address_is_one_prefix_per_bit()
    {
        PeerSet one = PeerSet.OfAddresses([IpAddr.Parse("255.255.255.255"), IpAddr.Parse("::")]);
        PeerSet rest = PeerSet.Everything.Except(one);
        Assert.Equal(32, rest.OfFamily(IpFamily.V4).Count());
        Assert.Equal(128, rest.OfFamily(IpFamily.V6).Count());
        Assert.Equal(PeerSet.Everything, rest.Union(one));
    }

    [Fact]
    public void Hundred_thousand_addresses_are_handled()
    {
        IpAddr[] even = [.. Enumerable.Range(0, 100_000).Select(i => IpAddr.V4((uint)i * 2))];
        IpAddr[] odd = [.. even.Select(a => IpAddr.V4((uint)a.Value + 1))];
        PeerSet evens = PeerSet.OfAddresses(even);
        Assert.Equal(100_000, evens.Prefixes.Length);
        Assert.True(even.All(evens.Contains));
        Assert.DoesNotContain(odd, evens.Contains);
        Assert.True(evens.Union(PeerSet.OfAddresses(odd)).Prefixes.Length < 20);
    }

    private static void AssertMinimal(PeerSet set)
    {
        for (int i = 1; i < set.Prefixes.Length; i++)
        {
            (IpPrefix before, IpPrefix after) = (set.Prefixes[i - 1], set.Prefixes[i]);
            Assert.True(before.Last < after.Addr);
            bool siblings = before.Length == after.Length && before.Length > 0 && before.Family == after.Family &&
                new IpPrefix(before.Addr, before.Length - 1).Contains(after);
            Assert.False(siblings, $"{before} and {after} are one block");
        }
    }
}
