using NetPolNic.Agent.Live;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Live.Tests;

/// <summary>The copy of the manifests that is edited, and the parsers of what kernels say.</summary>
public sealed class ManifestCopyTests
{
    [Fact]
    public void Withdraws_one_policy_and_puts_it_back()
    {
        using ManifestCopy copy = new(LiveFixture.Options("pcap").Manifests);
        RuleOrigin api = new("", "shop", "api", Direction.Ingress, 0, 0, 0);

        ClusterState edited = Assert.IsType<ClusterState>(copy.Withdraw([api]));
        Assert.DoesNotContain(edited.Policies, policy => policy.Name == "api");
        Assert.Contains(edited.Policies, policy => policy.Name == "withdrawn" && policy.Namespace == "shop");
        Assert.Contains(edited.Policies, policy => policy.Name == "db");

        copy.PutBack();
        ClusterState back = Assert.IsType<ClusterState>(Cluster.ManifestReader.Read(copy.Folder).State);
        Assert.Contains(back.Policies, policy => policy.Name == "api");
        Assert.DoesNotContain(back.Policies, policy => policy.Name == "withdrawn");
    }

    [Fact]
    public void An_unknown_policy_is_no_edit()
    {
        using ManifestCopy copy = new(LiveFixture.Options("pcap").Manifests);
        Assert.Null(copy.Withdraw([new RuleOrigin("", "shop", "nothing", Direction.Ingress, 0, 0, 0)]));
    }

    [Fact]
    public void Reads_the_kernels_checksum_counters()
    {
        Assert.Equal(5, ChecksumStep.SumV4("Tcp: InErrs InCsumErrors\nTcp: 1 2\nUdp: InCsumErrors\nUdp: 3\n", "InCsumErrors"));
        Assert.Equal(4, ChecksumStep.SumV6("Udp6InCsumErrors \t 4\nIp6InReceives  9\n", "InCsumErrors"));
    }

    [Fact]
    public void Finds_the_flow_of_a_frame()
    {
        byte[] frame = new byte[64];
        frame[12] = 8;
        frame[14] = 0x45;
        frame[23] = 17;
        frame[26] = 10;
        frame[30] = 11;
        frame[36] = 0x1f;
        frame[37] = 0x90;
        Assert.Equal(
            (IpAddr.Parse("10.0.0.0"), IpAddr.Parse("11.0.0.0"), (byte)17, (ushort)8080), Sniffer.FlowOf(frame));
        Assert.Null(Sniffer.FlowOf(frame.AsSpan(0, 20)));
    }
}
