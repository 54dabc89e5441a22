using CsCheck;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Policy.Tests.Resolve;

public sealed class PortSetTests
{
    private static readonly ushort[] s_ports =
        [.. Enumerable.Range(0, 32).Select(i => (ushort)i), .. Enumerable.Range(65504, 32).Select(i => (ushort)i)];

    private static readonly Gen<L4PortRange[]> s_ranges = Gen.Select(
        Gen.Int[0, 2].Select(i => Enum.GetValues<L4Proto>()[i]),
        Gen.Int[0, s_ports.Length - 1].Select(i => s_ports[i]),
        Gen.Int[0, 8],
        (proto, first, more) => new L4PortRange(proto, first, (ushort)Math.Min(65535, first + more))).Array[0, 10];

    [Fact]
    public void Union_equals_bitsets_in_canonical_form()
    {
        Gen.Select(s_ranges, s_ranges).Sample((left, right) =>
        {
            PortSet set = PortSet.Of(left).Union(PortSet.Of(right));
            L4PortRange[] all = [.. left, .. right];
            foreach (ushort number in s_ports)
            {
                foreach (byte proto in new byte[] { 6, 17, 132, 1, 47 })
                {
                    bool expected = all.Any(r => (byte)r.Proto == proto && r.First <= number && number <= r.Last);
                    Assert.Equal(expected, set.Contains(proto, number));
                }
            }

            Assert.Equal(PortSet.Of(all.Reverse()), set);
            Assert.Equal(PortSet.Of(all).GetHashCode(), set.GetHashCode());
            for (int i = 1; i < set.Ranges.Length; i++)
            {
                (L4PortRange before, L4PortRange after) = (set.Ranges[i - 1], set.Ranges[i]);
                Assert.True(before.Proto < after.Proto || (before.Proto == after.Proto && before.Last + 1 < after.First));
            }
        });
    }

    [Fact]
    public void All_traffic_holds_every_protocol_and_every_port_of_three_protocols_does_not() // S-b16
    {
        PortSet all = PortSet.Of(Enum.GetValues<L4Proto>().Select(p => new L4PortRange(p, 0, 65535)));
        Assert.True(PortSet.AllTraffic.Contains(1, 0));
        Assert.False(all.Contains(1, 0));
        Assert.NotEqual(PortSet.AllTraffic, all);
        Assert.Same(PortSet.AllTraffic, all.Union(PortSet.AllTraffic));
    }

    [Fact]
    public void Reversed_range_is_empty()
    {
        Assert.Same(PortSet.Empty, PortSet.Of([new L4PortRange(L4Proto.Tcp, 5, 4)]));
    }
}
