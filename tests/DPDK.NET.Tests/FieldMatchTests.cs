using Dpdk.Flow;

namespace DPDK.NET.Tests;

public sealed class FieldMatchTests
{
    [Fact]
    public void Makes_the_mask_when_given_a_kind()
    {
        Assert.Equal(new FieldMatch<ushort>(80, 0xffff), FieldMatch.Exact<ushort>(80));
        Assert.Equal(new FieldMatch<uint>(0x0a000000, 0xff000000), FieldMatch.Prefix(0x0a000000u, 8));
        Assert.Equal(new FieldMatch<uint>(0, 0), FieldMatch.Prefix(0u, 0));
        Assert.Equal(new FieldMatch<uint>(7, uint.MaxValue), FieldMatch.Prefix(7u, 32));
        Assert.Equal(new FieldMatch<ushort>(1024, 0xfc00), FieldMatch.Prefix<ushort>(1024, 6));
        Assert.Equal(
            new FieldMatch<UInt128>((UInt128)1 << 127, (UInt128)1 << 127), FieldMatch.Prefix((UInt128)1 << 127, 1));
        Assert.Equal(new FieldMatch<byte>(2, 0x12), FieldMatch.Masked<byte>(2, 0x12));
        Assert.Equal(new FieldMatch<ushort>(1, 0xffff, 9), FieldMatch.Range<ushort>(1, 9));
    }

    [Fact]
    public void Refuses_value_when_it_has_bits_outside_the_mask()
    {
        Assert.Throws<ArgumentException>(() => FieldMatch.Masked<byte>(3, 0x12));
        Assert.Throws<ArgumentException>(() => FieldMatch.Prefix(0x0a000001u, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => FieldMatch.Prefix(0u, 33));
        Assert.Throws<ArgumentOutOfRangeException>(() => FieldMatch.Range<ushort>(9, 1));
    }
}
