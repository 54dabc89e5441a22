using NetPolNic.Agent.Emulation;
using NetPolNic.Agent.Packets;
using NetPolNic.Cluster;
using NetPolNic.EndToEnd.Tests.Rig;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;
using NetPolNic.TestSupport;

namespace NetPolNic.EndToEnd.Tests;

/// <summary>
/// I5 and I6: nothing passes un-enforced at the start and the end, and unusable input changes nothing.
/// </summary>
public sealed class FailClosedTests
{
    private const string PolicyHead = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\n";

    private static readonly string[] s_profiles = ["full", "mlx5", "ice", "i40e"];

    [Fact]
    public void Nothing_passes_before_the_first_policy() // S-b18
    {
        foreach (string profile in s_profiles)
        {
            using NodeRig rig = new(profile);
            foreach (IpFamily family in (IpFamily[])[IpFamily.V4, IpFamily.V6])
            {
                IpAddr pod = ClusterBuilder.Address(family, 1);
                IpAddr peer = ClusterBuilder.Address(family, 2);
                foreach (EmulatedPort port in (EmulatedPort[])[EmulatedPort.Uplink, EmulatedPort.Pods])
                {
                    Assert.False(rig.Node.Send(port, FrameBuilder.Announce(1, pod)).IsAllowed);
                    Assert.All(
                        (byte[])[6, 17, 132, 1, 58, 47],
                        proto => Assert.False(
                            rig.Node.Send(port, new ProbePacket(pod, peer, proto).ToFrame(1, 2)).IsAllowed));
                }
            }
        }
    }

    [Fact]
    public void The_first_policy_is_in_force_from_the_first_packet_that_passes()
    {
        PolicySnapshot snapshot = Resolve(Closed().Build());
        foreach (string profile in s_profiles)
        {
            using NodeRig rig = new(profile);
            rig.Node.Apply(snapshot, () => Assert.False(Syn(rig, 9, 1).IsAllowed));
            Assert.False(Syn(rig, 9, 1).IsAllowed);
        }
    }

    [Fact]
    public void A_new_pod_is_closed_until_its_policy_is_in_force() // S-b18
    {
        using NodeRig rig = new("mlx5");
        rig.Node.Apply(Resolve(new ClusterBuilder().Space("x").Pod("x/b", 2).Build()));
        int moment = 0;

        rig.Node.Apply(Resolve(Closed().Build()), () =>
        {
            // Unknown as yet, it may be anywhere on the wire, but not behind the pods' port.
            Assert.DoesNotContain(EmulatedPort.Pods, Syn(rig, 9, 1).DeliveredTo);
            moment++;
        });

        Assert.False(Syn(rig, 9, 1).IsAllowed);
        Assert.Equal(Moments.Count, moment);
    }

    [Fact]
    public void A_pod_whose_address_was_another_pods_keeps_no_connection_of_that() // S-b17
    {
        using NodeRig rig = new("mlx5");
        rig.Start(Resolve(new ClusterBuilder().Space("x").Pod("x/a", 1, uid: "old").Build()));
        Assert.True(rig.Send(Packet(8, 1, 0x02)).IsAllowed);
        Assert.True(rig.Send(Packet(8, 1, 0x02).Reversed() with { TcpFlags = 0x12 }).IsAllowed);

        rig.Node.Apply(Resolve(new ClusterBuilder().Space("x").Pod("x/a", 1, uid: "new")
            .Ingress("x/p", "").Egress("x/q", "").Build()));

        Assert.False(rig.Send(Packet(8, 1, 0x10)).IsAllowed);
        Assert.False(rig.Send(Packet(8, 1, 0x10).Reversed()).IsAllowed);
    }

    [Fact]
    public void Clearing_the_reconcilers_leaves_no_rule_and_disposing_no_packet()
    {
        uint inUse = EmulatedEal.Pool.InUseCount;
        int ports = EmulatedEal.Instance.Ports.Count;
        using (NodeRig rig = new("mlx5"))
        {
            PolicySnapshot snapshot = Resolve(Closed().Build());
            rig.Start(snapshot);
            Assert.NotEqual(0, rig.RulesIn(EmulatedPort.Pods));
            foreach (EmulatedPort port in (EmulatedPort[])[EmulatedPort.Uplink, EmulatedPort.Pods])
            {
                rig.Node.ReconcilerOf(port).Clear();
                Assert.Equal(0, rig.RulesIn(port));
            }

            // Without any rule in the NIC the fallback still enforces.
            Assert.False(Syn(rig, 9, 1).IsAllowed);
        }

        Assert.Equal(inUse, EmulatedEal.Pool.InUseCount);
        Assert.Equal(ports, EmulatedEal.Instance.Ports.Count);
    }

    [Theory]
    [InlineData("broken: [")]
    [InlineData(PolicyHead + "spec: {podSelector: {}, ingres: []}\n")]
    [InlineData(PolicyHead + "spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/33}}]}]}\n")]
    public void Bad_manifests_change_no_verdict(string bad)
    {
        using TempFolder folder = new();
        ClusterState state = Closed().Pod("x/web", 3, "app=web")
            .Ingress("x/web", "app=db", ClusterBuilder.Rule([ClusterBuilder.Pods("app=web")], "TCP/80")).Build();
        folder.Write("cluster.yaml", ClusterYaml.Write(state));
        using ManifestSource source = new(folder.Path, TimeProvider.System);
        using NodeRig rig = new("mlx5");
        PolicyResolver resolver = new(IsolationMode.Auto);
        rig.Start(resolver.Resolve(source.Refresh().State!, null));
        string before = Verdicts(rig);
        Assert.Contains("1", before, StringComparison.Ordinal);
        Assert.Contains("0", before, StringComparison.Ordinal);

        folder.Write("z.yaml", bad);
        ManifestLoad load = source.Refresh();

        Assert.Null(load.State);
        Assert.NotEmpty(load.Problems);
        rig.Node.Apply(resolver.Resolve(source.LastGood!.State!, null));
        Assert.Equal(before, Verdicts(rig));

        folder.Write("cluster.yaml", bad);
        Assert.Null(source.Refresh().State);
        Assert.Equal(before, Verdicts(rig));
    }

    private static ClusterBuilder Closed() => new ClusterBuilder().Space("x")
        .Pod("x/a", 1, "app=db").Pod("x/b", 2).Ingress("x/deny", "app=db");

    private static PolicySnapshot Resolve(ClusterState state) =>
        new PolicyResolver(IsolationMode.Auto).Resolve(state, null);

    private static ProbePacket Packet(int from, int to, byte flags) =>
        new(ClusterBuilder.Address(IpFamily.V4, from), ClusterBuilder.Address(IpFamily.V4, to), 6)
        {
            SrcL4Port = 40_000,
            DstL4Port = 80,
            TcpFlags = flags,
        };

    /// <summary>A SYN from the wire, to a station that nobody knows: it is flooded if it passes.</summary>
    private static SendResult Syn(NodeRig rig, int from, int to) =>
        rig.Node.Send(EmulatedPort.Uplink, Packet(from, to, 0x02).ToFrame(0x0200_0000_0001, 0x0200_0000_0002));

    private static string Verdicts(NodeRig rig)
    {
        rig.Node.ForgetConnections();
        return string.Concat(
            from src in Enumerable.Range(1, 4)
            from dst in Enumerable.Range(1, 4)
            select rig.Send(Packet(src, dst, 0x02)).IsAllowed ? '1' : '0');
    }
}
