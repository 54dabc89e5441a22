using Dpdk.Flow;
using NetPolNic.Agent.Emulation;
using NetPolNic.EndToEnd.Tests.Rig;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.EndToEnd.Tests;

/// <summary>Probes of a live port narrow a profile, and never widen it.</summary>
public sealed class NicProbeTests
{
    public static TheoryData<string> Profiles => [.. NicProfiles.Names];

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Keeps_the_profile_when_the_port_accepts_all_of_it(string profile)
    {
        NicCapabilities nic = NicProfiles.Load(profile);
        using NodeRig rig = new(nic, keep: false, quirk: null);

        ProbeResult result = NicProber.Probe(nic, rig.Ports[0].Flow.Validate);

        Assert.Empty(result.Answers.Where(answer => answer.Refusal is not null));
        Assert.Equal(nic.ToEmunicArgs(), result.Narrowed.ToEmunicArgs());
        Assert.NotEmpty(result.Answers);
        Assert.Equal(0, rig.RulesIn(EmulatedPort.Uplink));
    }

    /// <summary>A port that takes rules by templates alone is asked by templates.</summary>
    [Theory]
    [InlineData("mlx5-hws")]
    [InlineData("mlx5")]
    public void Keeps_the_profile_when_the_port_has_templates_for_all_of_it(string profile)
    {
        NicCapabilities nic = NicProfiles.Load(profile);
        using NodeRig rig = new(nic, keep: false, quirk: null, emulated: null, device: "async=only");

        ProbeResult result = NicProber.Probe(nic, spec => FlowTables.Validate(rig.Ports[0], spec));

        Assert.Equal("async", FlowTables.NameOf(rig.Ports[0]));
        Assert.Empty(result.Answers.Where(answer => answer.Refusal is not null));
        Assert.Equal(nic.ToEmunicArgs(), result.Narrowed.ToEmunicArgs());
        Assert.Equal(0, rig.Ports[0].Flow.Async!.TableCount);
    }

    [Fact]
    public void Does_without_ranges_when_the_port_has_no_templates_for_them()
    {
        NicCapabilities nic = NicProfiles.Load("full");
        using NodeRig rig = new(nic, keep: false, quirk: null, emulated: null, device: "async=only");

        ProbeResult result = NicProber.Probe(nic, spec => FlowTables.Validate(rig.Ports[0], spec));

        RuleRejection[] refusals = [.. result.Answers.Select(answer => answer.Refusal).OfType<RuleRejection>()];
        Assert.NotEmpty(refusals);
        Assert.All(refusals, refusal => Assert.Equal(FlowErrorType.ItemLast, refusal.Cause));
        AssertWithin(result.Narrowed, nic);
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Never_widens_a_profile_whatever_the_port_accepts(string profile)
    {
        NicCapabilities nic = NicProfiles.Load(profile);
        using NodeRig rig = new(nic, keep: false, quirk: null, NicProfiles.Load("full"));

        NicCapabilities narrowed = NicProber.Probe(nic, rig.Ports[0].Flow.Validate).Narrowed;

        AssertWithin(narrowed, nic);
    }

    [Theory]
    [InlineData("mlx5", "ice")]
    [InlineData("full", "i40e")]
    [InlineData("full", "tap")]
    [InlineData("enic", "hns3")]
    public void Takes_out_what_the_port_refuses(string profile, string port)
    {
        NicCapabilities nic = NicProfiles.Load(profile);
        NicCapabilities real = NicProfiles.Load(port);
        using NodeRig rig = new(nic, keep: false, quirk: null, real);

        ProbeResult result = NicProber.Probe(nic, rig.Ports[0].Flow.Validate);

        Assert.False(result.IsWhole);
        AssertWithin(result.Narrowed, nic);
        MatchField[] ours =
        [
            MatchField.Ipv4Src, MatchField.Ipv4Dst, MatchField.Ipv4Proto, MatchField.Ipv4Frag, MatchField.Ipv6Src,
            MatchField.Ipv6Dst, MatchField.TcpSrc, MatchField.TcpDst, MatchField.TcpFlags, MatchField.UdpDst,
            MatchField.SctpDst,
        ];
        Assert.All(ours, field => Assert.True(
            result.Narrowed.KindOf(field) <= real.KindOf(field), $"{field}: {result.Narrowed.KindOf(field)}"));
        Assert.Equal(Math.Min(nic.Priorities.Value, real.Priorities.Value), result.Narrowed.Priorities.Value);
        Assert.Equal(real.Has(NicAction.Count) && nic.Has(NicAction.Count), result.Narrowed.Has(NicAction.Count));
    }

    [Fact]
    public void Believes_a_port_that_lies_no_more_than_its_profile()
    {
        NicCapabilities nic = NicProfiles.Load("i40e");
        using NodeRig rig = new(nic, keep: false, quirk: "validate_lies");

        NicCapabilities narrowed = NicProber.Probe(nic, rig.Ports[0].Flow.Validate).Narrowed;

        Assert.Equal(MaskKind.Exact, narrowed.KindOf(MatchField.Ipv4Dst));
        Assert.Equal(MaskKind.None, narrowed.KindOf(MatchField.TcpFlags));
    }

    [Fact]
    public void Does_not_take_a_busy_port_for_an_unable_one()
    {
        NicCapabilities nic = NicProfiles.Load("mlx5");

        ProbeResult result = NicProber.Probe(
            nic, _ => new RuleRejection(RejectReason.Busy, FlowErrorType.None, -1, 16, null));

        Assert.True(result.IsWhole);
        Assert.Equal(nic.ToEmunicArgs(), result.Narrowed.ToEmunicArgs());
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(2u)]
    [InlineData(3u)]
    [InlineData(15u)]
    public void Finds_the_last_priority_that_is_taken(uint last)
    {
        NicCapabilities nic = NicProfiles.Load("full");

        ProbeResult result = NicProber.Probe(nic, spec => spec.Attr.Priority > last
            ? new RuleRejection(RejectReason.Unsupported, FlowErrorType.AttrPriority, -1, 95, "no")
            : null);

        Assert.Equal((int)last + 1, result.Narrowed.Priorities.Value);
    }

    private static void AssertWithin(NicCapabilities narrowed, NicCapabilities nic)
    {
        Assert.Empty(narrowed.Items.Keys.Except(nic.Items.Keys));
        Assert.Empty(narrowed.Actions.Keys.Except(nic.Actions.Keys));
        Assert.All(Enum.GetValues<MatchField>(), field => Assert.True(narrowed.KindOf(field) <= nic.KindOf(field)));
        Assert.True(narrowed.Priorities.Value <= nic.Priorities.Value);
        Assert.True(narrowed.Groups.Value <= nic.Groups.Value);
        Assert.True(narrowed.TableSize.Value <= nic.TableSize.Value);
    }
}
