using System.Text;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.Offload.Tests.Capabilities;

public sealed class NicProfilesTests
{
    [Fact]
    public void Lists_the_shipped_profiles() =>
        Assert.Equal(
            [
                "bnxt", "bnxt-truflow", "cnxk", "cxgbe", "enic", "full", "hns3", "i40e", "ice", "ice-acl", "ice-fdir",
                "ixgbe-fdir", "ixgbe-ntuple", "mlx5", "mlx5-hws", "nfp", "sfc", "sfc-mae", "tap",
            ],
            NicProfiles.Names);

    [Fact]
    public void Names_the_known_profiles_when_one_is_unknown()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => NicProfiles.Load("cx9"));

        Assert.StartsWith(
            "no NIC profile 'cx9'; there are bnxt, bnxt-truflow, ", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> All => [.. NicProfiles.Names];

    [Theory]
    [MemberData(nameof(All))]
    public void Has_a_source_for_each_fact(string name)
    {
        NicCapabilities nic = NicProfiles.Load(name);

        Assert.Equal(name, nic.Name);
        Assert.All(nic.Items.Values.Concat(nic.Actions.Values), Assert.NotEmpty);
        Assert.All(nic.Fields.Values, fact => Assert.NotEmpty(fact.Source));
        Assert.All(nic.Fields.Keys, field => Assert.True(nic.Has(NicCapabilities.ItemOf(field)), $"{field}"));
    }

    [Theory]
    [InlineData("mlx5", MatchField.TcpFlags, MaskKind.Any)]
    [InlineData("mlx5", MatchField.Ipv4Frag, MaskKind.Any)]
    [InlineData("mlx5", MatchField.SctpDst, MaskKind.None)]
    [InlineData("ice", MatchField.Ipv4Src, MaskKind.Any)]
    [InlineData("ice", MatchField.TcpFlags, MaskKind.None)]
    [InlineData("ice", MatchField.SctpDst, MaskKind.None)]
    [InlineData("ice", MatchField.Ipv4Frag, MaskKind.None)]
    [InlineData("ice-acl", MatchField.Ipv4Dst, MaskKind.None)]
    [InlineData("ice-fdir", MatchField.SctpDst, MaskKind.Exact)]
    [InlineData("nfp", MatchField.TcpFlags, MaskKind.None)]
    [InlineData("bnxt-truflow", MatchField.TcpFlags, MaskKind.None)]
    [InlineData("tap", MatchField.UdpDst, MaskKind.Exact)]
    [InlineData("tap", MatchField.Ipv4Src, MaskKind.Any)]
    [InlineData("enic", MatchField.TcpFlags, MaskKind.Any)]
    [InlineData("i40e", MatchField.TcpDst, MaskKind.Exact)]
    [InlineData("i40e", MatchField.Ipv4Frag, MaskKind.None)]
    [InlineData("full", MatchField.UdpSrc, MaskKind.Range)]
    public void Knows_how_a_field_can_be_matched(string name, MatchField field, MaskKind kind) =>
        Assert.Equal(kind, NicProfiles.Load(name).KindOf(field));

    [Fact]
    public void Spells_out_the_emulated_nic() => Assert.Equal(
        "items=eth+ipv4+ipv6+tcp+udp+sctp," +
        "masks=*:none+eth.src:none+eth.dst:none+eth.type:exact+vlan.tci:none+vlan.type:none+ipv4.src:exact+" +
        "ipv4.dst:exact+ipv4.proto:none+ipv4.frag:none+ipv6.src:exact+ipv6.dst:exact+ipv6.proto:none+" +
        "ipv6.has_frag:none+ipv6_frag.data:none+tcp.src:exact+tcp.dst:exact+tcp.flags:none+udp.src:exact+" +
        "udp.dst:exact+sctp.src:exact+sctp.dst:exact+icmp.type:none+icmp.code:none+icmp6.type:none+icmp6.code:none," +
        "actions=drop+passthru+queue+mark+flag,prios=1,prio_reverse=0,gprios=1,groups=1,size=8192,frag_l4=miss,v6ext=parse," +
        "v6proto=first",
        NicProfiles.Load("i40e").ToEmunicArgs());

    [Theory]
    [InlineData("[]", "not a NIC profile")]
    [InlineData("{\"nmae\":\"x\"}", "unknown property 'nmae' in a NIC profile")]
    [InlineData("{\"name\":\"x\"", "not a NIC profile")]
    public void Refuses_what_is_no_profile(string json, string message)
    {
        using MemoryStream stream = new(Encoding.UTF8.GetBytes(json));

        FormatException error = Assert.Throws<FormatException>(() => NicProfiles.Read(stream));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }
}
