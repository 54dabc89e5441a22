using System.Buffers.Binary;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Switching;
using NetPolNic.Fallback.Tests.Rig;
using NetPolNic.Policy.Model;

namespace NetPolNic.Fallback.Tests.Worker;

/// <summary>Addresses are only accepted from where they belong.</summary>
[Collection(nameof(DpdkTests))]
public sealed class SourceGuardTests(DpdkFixture dpdk)
{
    private const string Pod = "10.0.0.1";
    private const string Pod6 = "fd00::1";
    private const string Other = "10.0.0.2";
    private const string Wire = "10.9.0.9";
    private const ulong PodMac = 0x02_00_00_00_0a_01;
    private const ulong OtherMac = 0x02_00_00_00_0a_02;
    private const ulong WireMac = 0x02_00_00_00_0a_03;

    [Fact]
    public void An_uplink_has_no_local_pod_behind_it()
    {
        using SwitchRig rig = Ready();
        Assert.Equal("", rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Pod, Other).Macs(WireMac, OtherMac).Udp(1, 2)));
        Assert.Equal("", rig.Send(SwitchRig.Uplink, FrameBuilder.Arp(Pod, Other, WireMac)));
        Assert.Equal(2ul, rig.Counters.Drops[DropReason.SpoofedAddress]);
        Assert.Equal(0, rig.DataPath.ConnectionCount);
    }

    [Fact]
    public void The_first_packet_binds_a_pod_to_its_port_and_mac()
    {
        using SwitchRig rig = Ready();
        Assert.NotEqual("", rig.Send(SwitchRig.PodPort, FrameBuilder.Arp(Pod, Wire, PodMac)));
        Assert.Equal("", rig.Send(SwitchRig.SharedPort, From(Pod, PodMac)));
        Assert.Equal(1ul, rig.Counters.Drops[DropReason.SpoofedAddress]);
        Assert.Equal("", rig.Send(SwitchRig.PodPort, From(Pod, OtherMac)));
        Assert.Equal(1ul, rig.Counters.Drops[DropReason.SpoofedMac]);
        Assert.NotEqual("", rig.Send(SwitchRig.PodPort, From(Pod, PodMac)));

        // The other address of the pod is the pod's too.
        Assert.Equal("", rig.Send(SwitchRig.SharedPort, FrameBuilder.Ip(Pod6, "fd09::9").Macs(PodMac, 1).Udp(1, 2)));
        Assert.NotEqual("", rig.Send(SwitchRig.PodPort, FrameBuilder.Ip(Pod6, "fd09::9").Macs(PodMac, 1).Udp(1, 2)));
    }

    [Fact]
    public void A_connection_that_stands_lets_no_spoofed_packet_by()
    {
        using SwitchRig rig = Ready();
        Assert.NotEqual("", rig.Send(SwitchRig.PodPort, From(Pod, PodMac)));
        Assert.Equal("1", rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Pod).Macs(WireMac, PodMac).Udp(2, 1)));
        Assert.Equal("0", rig.Send(SwitchRig.PodPort, From(Pod, PodMac)));
        Assert.Equal("", rig.Send(SwitchRig.SharedPort, From(Pod, PodMac)));
        Assert.Equal("", rig.Send(SwitchRig.PodPort, From(Pod, OtherMac)));
        Assert.Equal("", rig.Send(SwitchRig.Uplink, From(Pod, WireMac)));
        Assert.Equal("0", rig.Send(SwitchRig.PodPort, From(Pod, PodMac)));
        Assert.Equal(2ul, rig.Counters.Drops[DropReason.SpoofedAddress]);
        Assert.Equal(1ul, rig.Counters.Drops[DropReason.SpoofedMac]);
    }

    [Fact]
    public void Nobody_else_draws_the_packets_of_a_pods_mac_away()
    {
        using SwitchRig rig = Ready();
        rig.Send(SwitchRig.PodPort, From(Pod, PodMac));
        Assert.Equal("", rig.Send(SwitchRig.SharedPort, From(Other, PodMac)));
        Assert.Equal("", rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Other).Macs(PodMac, OtherMac).Udp(1, 2)));
        Assert.Equal(2ul, rig.Counters.Drops[DropReason.SpoofedMac]);
        Assert.Equal("1", rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Pod).Macs(WireMac, PodMac).Udp(1, 2)));
    }

    [Fact]
    public void Arp_and_neighbour_discovery_claim_no_other_pods_address()
    {
        using SwitchRig rig = Ready();
        rig.Send(SwitchRig.PodPort, From(Pod, PodMac));
        Assert.Equal("", rig.Send(SwitchRig.SharedPort, FrameBuilder.Arp(Pod, Wire, OtherMac)));
        byte[] lying = FrameBuilder.Arp(Pod, Wire, PodMac);
        lying[14 + 13] ^= 1; // The sender's hardware address inside the message.
        Assert.Equal("", rig.Send(SwitchRig.PodPort, lying));
        Assert.Equal("", rig.Send(SwitchRig.SharedPort, Advertisement("fe80::2", Pod6, OtherMac, OtherMac)));
        Assert.Equal("", rig.Send(SwitchRig.PodPort, Advertisement("fe80::1", Pod6, PodMac, OtherMac)));
        Assert.Equal("0 2", rig.Send(SwitchRig.PodPort, Advertisement("fe80::1", Pod6, PodMac, PodMac)));

        // A probe claims nothing, an address that is no pod's is no business of ours.
        Assert.Equal("0 1 2", rig.Send(SwitchRig.SharedPort, FrameBuilder.Arp("0.0.0.0", Pod, OtherMac)));
        Assert.Equal("0 1 2", rig.Send(SwitchRig.SharedPort, FrameBuilder.Arp("10.7.7.7", Pod, OtherMac)));
        Assert.Equal(2ul, rig.Counters.Drops[DropReason.SpoofedAddress]);
        Assert.Equal(2ul, rig.Counters.Drops[DropReason.SpoofedMac]);
    }

    [Fact]
    public void A_pod_that_comes_back_may_be_elsewhere()
    {
        using SwitchRig rig = Ready();
        rig.Send(SwitchRig.PodPort, From(Pod, PodMac));
        rig.With(Snapshots.Pod(Other));
        rig.Send(SwitchRig.Uplink, FrameBuilder.Arp(Wire, Other, WireMac));
        rig.With(Snapshots.Pod(Pod), Snapshots.Pod(Other));
        Assert.NotEqual("", rig.Send(SwitchRig.SharedPort, From(Pod, OtherMac)));
        Assert.Equal("", rig.Send(SwitchRig.PodPort, From(Pod, PodMac)));
    }

    [Fact]
    public void Configured_places_count_from_the_first_packet()
    {
        using SwitchRig rig = new SwitchRig(dpdk, places: new PodPlace(IpAddr.Parse(Pod), PodMac)).With(
            Snapshots.Pod(Pod), Snapshots.Pod(Other));
        Assert.Equal("", rig.Send(SwitchRig.SharedPort, From(Pod, PodMac)));
        Assert.Equal("", rig.Send(SwitchRig.PodPort, From(Pod, OtherMac)));
        Assert.Equal("", rig.Send(SwitchRig.PodPort, From(Other, OtherMac)));
        Assert.NotEqual("", rig.Send(SwitchRig.PodPort, From(Pod, PodMac)));
        Assert.NotEqual("", rig.Send(SwitchRig.SharedPort, From(Other, OtherMac)));
        Assert.Equal(3ul, rig.Counters.Drops[DropReason.SpoofedAddress]);
    }

    [Fact]
    public void Without_the_guard_anything_goes_and_multicast_still_knows_where_pods_are()
    {
        using SwitchRig rig = new SwitchRig(dpdk, EngineRig.Small with { GuardsSources = false }).With(
            Snapshots.Pod(Pod, Snapshots.Allow()), Snapshots.Pod(Other));
        rig.Send(SwitchRig.PodPort, From(Pod, PodMac));
        Assert.NotEqual("", rig.Send(SwitchRig.SharedPort, From(Pod, OtherMac)));
        Assert.Equal(
            "2", rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Pod, Other).Macs(WireMac, OtherMac).Udp(1, 2)));
        Assert.Equal("", rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, "224.0.0.1").Macs(9, 0x0100_5e00_0001).Udp(1, 2)));
        Assert.Equal(1ul, rig.Counters.Drops[DropReason.NoReceiver]);
    }

    [Fact]
    public void Floods_are_bounded_and_arp_has_a_budget_of_its_own()
    {
        using SwitchRig rig = new SwitchRig(dpdk, EngineRig.Small with { FloodPktsPerSecond = 1000 }).With(
            Snapshots.Pod(Pod), Snapshots.Pod(Other));
        FrameBuilder unknown = FrameBuilder.Ip(Wire, Pod).Macs(WireMac, 0x02_00_00_00_0b_0b).Udp(1, 2);
        for (int i = 0; i < 300; i++)
        {
            rig.Send(SwitchRig.Uplink, unknown);
        }

        Assert.Equal(200ul, rig.Counters.Drops[DropReason.FloodLimited]);
        Assert.Equal("1 2", rig.Send(SwitchRig.Uplink, FrameBuilder.Arp(Wire, Pod, WireMac)));
        rig.NowMs += 1;
        Assert.Equal("1 2", rig.Send(SwitchRig.Uplink, unknown));
        Assert.Equal("", rig.Send(SwitchRig.Uplink, unknown));

        // One port more than the sender's is no flood.
        Assert.Equal("0", rig.Send(SwitchRig.PodPort, From(Pod, PodMac)));
        Assert.Equal("1", rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Pod).Macs(WireMac, PodMac).Udp(1, 2)));
    }

    private SwitchRig Ready() => new SwitchRig(dpdk).With(Snapshots.Pod($"{Pod} {Pod6}"), Snapshots.Pod(Other));

    private static FrameBuilder From(string src, ulong mac) => FrameBuilder.Ip(src, Wire).Macs(mac, WireMac).Udp(1, 2);

    private static FrameBuilder Advertisement(string src, string target, ulong srcMac, ulong targetMac)
    {
        byte[] body = new byte[24];
        BinaryPrimitives.WriteUInt128BigEndian(body, IpAddr.Parse(target).Value);
        body[16] = 2;
        body[17] = 1;
        BinaryPrimitives.WriteUInt64BigEndian(body.AsSpan(16), (0x0201UL << 48) | targetMac);
        return FrameBuilder.Ip(src, "ff02::1").Macs(srcMac, 0x3333_0000_0001).Icmp(136, body: body);
    }
}
