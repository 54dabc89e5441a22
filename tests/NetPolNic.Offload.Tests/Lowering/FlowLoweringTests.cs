using CsCheck;
using Dpdk.Flow;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Lowering;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Tests.Lowering;

public sealed class FlowLoweringTests
{
    private static readonly FlowMatch s_syn = new(
        IpFamily.V4, IpPrefix.Everything(IpFamily.V4), IpPrefix.Parse("10.0.0.5/32"))
    {
        Proto = 6,
        ProtoBy = ProtoBy.L4,
        TcpFlagsSpec = FlowMatch.BareSyn,
        TcpFlagsMask = FlowMatch.SynMask,
        NotFragment = true,
    };

    private static readonly Gen<L4Interval> s_ports = Pick.Of(
        L4Interval.Full, new L4Interval(80, 80), new L4Interval(80, 81), new L4Interval(1024, 65535),
        new L4Interval(3, 9));

    private static readonly Gen<FlowMatch> s_region = Gen.Select(
        Gen.Bool,
        Pick.Of("10.0.0.2/32", "10.0.0.0/29", "0.0.0.0/0"),
        Pick.Of("fd00::2/128", "fd00::/126", "::/0"),
        Pick.Of<byte?>(null, 6, 17, 132),
        Gen.Select(s_ports, s_ports),
        Pick.Of((0, 0), (2, 0x12), (0x10, 0x10), (0, 2)),
        Gen.Int[0, 3],
        (v4, prefix4, prefix6, proto, ports, flags, shape) =>
        {
            IpPrefix prefix = IpPrefix.Parse(v4 ? prefix4 : prefix6);
            FlowMatch region = new(prefix.Family, prefix, IpPrefix.Everything(prefix.Family));
            if (proto is null)
            {
                return region;
            }

            region = region with { Proto = proto, ProtoBy = shape % 2 == 0 ? ProtoBy.L4 : ProtoBy.Header };
            return region.ProtoBy == ProtoBy.Header ? region : region with
            {
                SrcL4Ports = ports.Item1,
                DstL4Ports = ports.Item2,
                TcpFlagsSpec = proto == 6 ? (byte)flags.Item1 : (byte)0,
                TcpFlagsMask = proto == 6 ? (byte)flags.Item2 : (byte)0,
                NotFragment = shape == 2,
            };
        });

    [Theory]
    [InlineData(
        "mlx5",
        "eth / ipv4 dst is 10.0.0.5 fragment_offset spec 0x0 fragment_offset mask 0x3fff / " +
        "tcp flags spec 0x2 flags mask 0x12 / end")]
    public void Excludes_fragments_and_replies_when_the_nic_can(string profile, string pattern)
    {
        LoweringResult lowered = new FlowLowering(NicProfiles.Load(profile)).Lower(s_syn);

        Assert.True(lowered.IsExact);
        Assert.Equal(pattern, TestpmdSyntax.FormatPattern(Assert.Single(lowered.Patterns)));
    }

    [Theory]
    [InlineData("ice", MatchField.TcpFlags)]
    [InlineData("i40e", MatchField.TcpFlags)]
    public void Says_which_bits_are_not_consumed_when_the_nic_cannot_match_flags(string profile, MatchField missing)
    {
        LoweringResult lowered = new FlowLowering(NicProfiles.Load(profile)).Lower(s_syn);

        Assert.False(lowered.IsExact);
        Assert.Equal(missing, lowered.Missing);
        Assert.Equal(0, lowered.Consumed.TcpFlagsMask);
    }

    [Fact]
    public void Asks_for_two_rules_when_the_fragment_word_is_matched_exactly()
    {
        NicCapabilities full = NicProfiles.Load("full");
        NicCapabilities nic = full with
        {
            Fields = full.Fields.SetItem(MatchField.Ipv4Frag, new CapabilityFact<MaskKind>(MaskKind.Exact, "test")),
        };

        LoweringResult lowered = new FlowLowering(nic).Lower(s_syn);

        Assert.True(lowered.IsExact);
        Assert.Equal(
            [0x0000, 0x4000],
            lowered.Patterns.Select(p => (int)p.OfType<Ipv4Item>().Single().FragmentOffset!.Value.Spec));
    }

    [Fact]
    public void Matches_nothing_outside_the_region_when_it_says_exact() =>
        Gen.Select(s_region, Gen.OneOf(NicGens.Shipped, NicGens.Arbitrary), Gens.Packet.Array[60]).Sample(
            (region, nic, packets) =>
            {
                LoweringResult lowered = new FlowLowering(nic).Lower(region);
                FlowTableInterpreter table = new([], nic);
                return !lowered.IsExact || packets.All(packet =>
                    Contains(region, packet, nic) || !lowered.Patterns.Any(pattern => table.Matches(pattern, packet)));
            },
            iter: 1500);

    [Fact]
    public void Matches_everything_inside_the_region_when_it_is_a_cover() =>
        Gen.Select(s_region, Gen.OneOf(NicGens.Shipped, NicGens.Arbitrary), Gens.Packet.Array[60]).Sample(
            (region, nic, packets) =>
            {
                LoweringResult lowered = new FlowLowering(nic).Lower(region with { NotFragment = false });
                FlowTableInterpreter table = new([], nic);
                return lowered.Patterns.IsEmpty || packets.Where(IsPlain).All(packet =>
                    !Contains(region, packet, nic) || lowered.Patterns.Any(pattern => table.Matches(pattern, packet)));
            },
            iter: 1500);

    [Fact]
    public void Never_uses_what_the_profile_does_not_list() =>
        Gen.Select(s_region, NicGens.Arbitrary).Sample(
            (region, nic) => Assert.All(new FlowLowering(nic).Lower(region).Patterns, pattern => Assert.Null(
                CapabilityChecker.FirstViolation(new FlowSpec(new FlowAttr(Ingress: true), pattern, []), nic))),
            iter: 1500);

    private static bool IsPlain(PacketHeaders packet) =>
        !packet.IsFirstFragment && !packet.IsLaterFragment && packet.Extensions.IsEmpty;

    // Naive membership; an IPv6 header's protocol is what the NIC takes for it.
    private static bool Contains(FlowMatch region, PacketHeaders packet, NicCapabilities nic) =>
        packet.Family == region.Family && region.Src.Contains(packet.Src) && region.Dst.Contains(packet.Dst) &&
        (region.Proto is not byte proto || (region.ProtoBy == ProtoBy.L4
            ? packet.Proto == proto && !(region.NotFragment && (packet.IsFirstFragment || packet.IsLaterFragment))
            : (packet.Family == IpFamily.V4 || nic.Ipv6ProtoIs.Value == Ipv6Proto.Last
                ? packet.Proto
                : packet.FirstNextHeader) == proto)) &&
        region.SrcL4Ports.Contains(new L4Interval(packet.SrcL4Port, packet.SrcL4Port)) &&
        region.DstL4Ports.Contains(new L4Interval(packet.DstL4Port, packet.DstL4Port)) &&
        (packet.TcpFlags & region.TcpFlagsMask) == region.TcpFlagsSpec;
}
