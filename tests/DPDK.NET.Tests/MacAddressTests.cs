using Dpdk.Ethdev;

namespace DPDK.NET.Tests;

public sealed class MacAddressTests
{
    [Fact]
    public void Octets_keep_wire_order_when_converted()
    {
        MacAddress mac = MacAddress.FromBytes([0x02, 0x11, 0x22, 0x33, 0x44, 0x55]);
        Assert.Equal(0x0211_2233_4455UL, mac.Value);
        Assert.Equal("02:11:22:33:44:55", mac.ToString());
        byte[] octets = new byte[6];
        mac.CopyTo(octets);
        Assert.Equal([0x02, 0x11, 0x22, 0x33, 0x44, 0x55], octets);
    }

    [Theory]
    [InlineData(0x0100_5e00_0001UL, true)]
    [InlineData(0xffff_ffff_ffffUL, true)]
    [InlineData(0x0200_0000_0001UL, false)]
    public void Group_bit_is_the_first_octet_s_lowest_when_asked(ulong value, bool group) =>
        Assert.Equal(group, new MacAddress(value).IsGroup);

    [Fact]
    public void Refuses_value_when_it_has_more_than_48_bits() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new MacAddress(1UL << 48));
}
