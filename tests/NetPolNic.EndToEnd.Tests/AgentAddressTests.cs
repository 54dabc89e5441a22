using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NetPolNic.Agent.Emulation;
using NetPolNic.Agent.Hosting;
using NetPolNic.Agent.Observability;
using NetPolNic.Agent.Packets;
using NetPolNic.Cluster.Sources;
using NetPolNic.EndToEnd.Tests.Rig;
using NetPolNic.Policy.Model;
using NetPolNic.TestSupport;

namespace NetPolNic.EndToEnd.Tests;

/// <summary>
/// From an event in the feed to packets at real ports: a pod is closed until its policy is in force (S-b18), and an address
/// that goes to another pod carries neither verdicts nor connections over (S-b17).
/// </summary>
public sealed class AgentAddressTests : IDisposable
{
    private const byte Tcp = 6;
    private const byte Ack = 0x10;
    private const byte SynAck = 0x12;
    private const int Client = 1;
    private const int Moving = 2;

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ClusterFeed _feed = new(TimeProvider.System);

    public static TheoryData<string> Profiles => ["mlx5", "full", "ice", "i40e"];

    [Theory]
    [MemberData(nameof(Profiles))]
    public void A_pod_is_closed_until_its_policy_is_in_force(string profile) // S-b18
    {
        using NodeRig rig = new(profile);
        NodeDataPlane dataPlane = new(rig);
        ApplyRounds rounds = Rounds(dataPlane);
        IpAddr pod = ClusterBuilder.Address(IpFamily.V4, Moving);
        IpAddr peer = ClusterBuilder.Address(IpFamily.V4, Client);
        Put(PodOf("u1", Client, "client"));
        _feed.MarkSynced();
        rounds.Run();
        Announce(rig, [peer, pod]);

        // It exists in the switch, and is unknown to policy: whatever it sends or should receive ends here.
        Assert.False(Sends(rig, EmulatedPort.Pods, pod, peer, ProbePacket.Syn));
        Assert.False(Sends(rig, EmulatedPort.Pods, peer, pod, ProbePacket.Syn));

        // While its first policy, that lets nobody in, is put in force there is no moment at which it is open.
        Put(PodOf("u2", Moving, "server"), DenyAll());
        List<bool> passed = [];
        dataPlane.Between = () => passed.Add(Sends(rig, EmulatedPort.Pods, peer, pod, ProbePacket.Syn));
        rounds.Run();
        Assert.DoesNotContain(true, passed);
        Assert.True(passed.Count > 3);
        Assert.True(rounds.View.IsInForce);
        Assert.False(Sends(rig, EmulatedPort.Pods, peer, pod, ProbePacket.Syn));

        // And when policy allows it, it is open.
        dataPlane.Between = null;
        _feed.Write(changes => changes.RemovePolicy(PolicyApi.V1, "x/deny"));
        rounds.Run();
        Announce(rig, [pod]);
        Assert.True(Sends(rig, EmulatedPort.Pods, peer, pod, ProbePacket.Syn));
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void An_address_of_a_new_pod_carries_nothing_over(string profile) // S-b17
    {
        foreach (bool newFirst in (bool[])[false, true])
        {
            using NodeRig rig = new(profile);
            using ClusterFeed feed = new(TimeProvider.System);
            ApplyRounds rounds = Rounds(new NodeDataPlane(rig), feed);
            IpAddr address = ClusterBuilder.Address(IpFamily.V4, Moving);
            IpAddr client = ClusterBuilder.Address(IpFamily.V4, Client);
            Write(feed, DenyAll("server-new"), PodOf("u1", Client, "client"), PodOf("u2", Moving, "server"));
            feed.MarkSynced();
            rounds.Run();
            Announce(rig, [client, address]);
            Assert.True(Sends(rig, EmulatedPort.Pods, client, address, ProbePacket.Syn));
            Assert.True(Replies(rig, client, address, SynAck));
            Assert.True(Sends(rig, EmulatedPort.Pods, client, address, Ack));

            // The API server may tell of the new pod before the old one is gone, or after, or in one batch.
            Pod replacement = PodOf("u3", Moving, "server-new");
            if (newFirst)
            {
                Write(feed, replacement);
                rounds.Run();
                Assert.False(Sends(rig, EmulatedPort.Pods, client, address, Ack)); // Claimed twice: nobody's.
                feed.Write(changes => changes.RemovePod("u2"));
            }
            else
            {
                feed.Write(changes => changes.RemovePod("u2"));
                rounds.Run();
                Assert.False(Sends(rig, EmulatedPort.Pods, client, address, Ack)); // Nobody's: closed.
                Write(feed, replacement);
            }

            rounds.Run();
            Assert.True(rounds.View.IsInForce);

            // The old pod's connection, in both directions, and its verdict are not the new pod's.
            Assert.False(Sends(rig, EmulatedPort.Pods, client, address, Ack));
            Assert.False(Sends(rig, EmulatedPort.Pods, client, address, ProbePacket.Syn));
        }
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void A_connection_does_not_survive_an_exchange_in_one_batch(string profile) // S-b17
    {
        using NodeRig rig = new(profile);
        ApplyRounds rounds = Rounds(new NodeDataPlane(rig));
        IpAddr address = ClusterBuilder.Address(IpFamily.V4, Moving);
        IpAddr client = ClusterBuilder.Address(IpFamily.V4, Client);
        Put(PodOf("u1", Client, "client"), PodOf("u2", Moving, "server"), DenyAll("server-new"));
        _feed.MarkSynced();
        rounds.Run();
        Announce(rig, [client, address]);
        Assert.True(Sends(rig, EmulatedPort.Pods, client, address, ProbePacket.Syn));
        Assert.True(Replies(rig, client, address, SynAck));

        _feed.Write(changes =>
        {
            changes.Put(PodOf("u3", Moving, "server-new"));
            changes.Put(PodOf("u2", Moving, "server") with { Terminated = true });
        });
        rounds.Run();

        Assert.False(Sends(rig, EmulatedPort.Pods, client, address, Ack));
        Assert.False(Sends(rig, EmulatedPort.Pods, client, address, ProbePacket.Syn));
        Assert.Equal("u3", Assert.Single(rounds.View.Snapshot.Endpoints, e => e.Addresses.Contains(address)).Uid);
    }

    public void Dispose()
    {
        _feed.Dispose();
        _services.Dispose();
    }

    private static void Announce(NodeRig rig, IpAddr[] addresses)
    {
        foreach (IpAddr addr in addresses)
        {
            rig.Node.Send(EmulatedPort.Pods, FrameBuilder.Announce(NodeRig.MacOf(addr), addr));
        }
    }

    private static bool Sends(NodeRig rig, EmulatedPort from, IpAddr src, IpAddr dst, byte flags) => rig.Node.Send(
        from,
        (ProbePacket.First(src, dst, Tcp, 80) with { TcpFlags = flags }).ToFrame(NodeRig.MacOf(src), NodeRig.MacOf(dst)))
        .IsAllowed;

    private static bool Replies(NodeRig rig, IpAddr client, IpAddr server, byte flags) => rig.Node.Send(
        EmulatedPort.Pods,
        (ProbePacket.First(client, server, Tcp, 80).Reversed() with { TcpFlags = flags })
            .ToFrame(NodeRig.MacOf(server), NodeRig.MacOf(client)))
        .IsAllowed;

    private static Pod PodOf(string uid, int number, string app) =>
        new ClusterBuilder().Pod($"x/{app}", number, $"app={app}", uid: uid).Build().Pods[0];

    private static NetworkPolicy DenyAll(string app = "server") =>
        new ClusterBuilder().Ingress("x/deny", $"app={app}").Build().Policies[0];

    private static void Write(ClusterFeed feed, params object[] objects) => feed.Write(changes =>
    {
        foreach (Pod pod in objects.OfType<Pod>())
        {
            changes.Put(pod);
        }

        foreach (NetworkPolicy policy in objects.OfType<NetworkPolicy>())
        {
            changes.Put(policy);
        }
    });

    private void Put(params object[] objects) => Write(_feed, objects);

    private ApplyRounds Rounds(NodeDataPlane dataPlane, ClusterFeed? feed = null) => new(
        feed ?? _feed,
        dataPlane,
        () => new SnapshotResolver(IsolationMode.Auto, null),
        TimeProvider.System,
        NullLogger.Instance,
        new ApplyMetrics(_services.GetRequiredService<IMeterFactory>()),
        () => 0);
}
