using Dpdk.Flow;
using NetPolNic.Agent.Matrix;
using NetPolNic.EndToEnd.Tests.Rig;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.Policy.Resolve;
using NetPolNic.TestSupport;

namespace NetPolNic.EndToEnd.Tests;

/// <summary>
/// The comparisons of these tests can fail: a rule too many or a policy that is not in force is found.
/// </summary>
public sealed class NegativeControlTests
{
    private static readonly IpAddr s_web = ClusterBuilder.Address(IpFamily.V4, 1);
    private static readonly IpAddr s_db = ClusterBuilder.Address(IpFamily.V4, 2);

    [Theory]
    [InlineData("mlx5")]
    [InlineData("ice")]
    public void The_walk_finds_a_drop_rule_that_is_not_of_the_plan(string profile)
    {
        Case of = Case(profile);
        Assert.Null(Walk.FirstDifference(of));

        string? difference = Walk.FirstDifference(of, started: Sabotage);

        Assert.Contains("the model says allow", difference, StringComparison.Ordinal);
        Assert.Contains("dropped by the NIC", difference, StringComparison.Ordinal);
    }

    [Fact]
    public void The_walk_finds_a_mark_rule_that_is_not_of_the_plan()
    {
        string? difference = Walk.FirstDifference(
            Case("mlx5", ack: true), started: rig => Create(rig, new MarkAction(1), new QueueAction(0)));

        Assert.Contains("I2", difference, StringComparison.Ordinal);
    }

    [Fact]
    public void The_walk_finds_a_policy_that_is_not_in_force()
    {
        Case of = Case("mlx5");
        ClusterState closed = Pods().Ingress("x/deny", "app=web").Build();

        string? difference = Walk.FirstDifference(
            of, started: rig => rig.Node.Apply(new PolicyResolver(IsolationMode.Auto).Resolve(closed, null)));

        Assert.Contains("the model says allow", difference, StringComparison.Ordinal);
    }

    [Fact]
    public void The_matrix_by_packets_shows_a_drop_rule_that_is_not_of_the_plan()
    {
        ClusterState state = Cluster().Build();
        var endpoints = MatrixEndpoints.Of(state, []);
        ProtoPort port = new(L4Proto.Tcp, 80);
        bool[,] model = ModelMatrix.Build(new PolicyEvaluator(state), endpoints, [port], null).Tables[0].Combined;
        using NodeRig rig = new("mlx5");
        rig.Node.Apply(new PolicyResolver(IsolationMode.Auto).Resolve(state, null));
        NetPolNic.Agent.Emulation.EmulatedHosts hosts = new(rig.Node, state, endpoints, null);
        Assert.Equal(model, PacketMatrix.Send(rig.Node, hosts, endpoints, [port]).Tables[0].Combined);

        Sabotage(rig);

        Assert.NotEqual(model, PacketMatrix.Send(rig.Node, hosts, endpoints, [port]).Tables[0].Combined);
    }

    /// <summary>Packets to the open pod, which no rule of the plan covers.</summary>
    private static void Sabotage(NodeRig rig) => Create(rig, new DropAction());

    private static void Create(NodeRig rig, params FlowAction[] actions)
    {
        // With groups, group 0 has but one rule, and all that may be passed or dropped gets to group 2.
        FlowSpec rule = new(
            new FlowAttr(Group: rig.Nic.Groups.Value > 1 ? 2u : 0u, Priority: 0),
            [new EthItem(), new Ipv4Item(Dst: FieldMatch.Exact((uint)s_web.Value))],
            [.. actions]);
        foreach (Dpdk.Ethdev.EthPort port in rig.Ports)
        {
            Assert.Null(port.Flow.Create(rule).Rejection);
        }
    }

    private static ClusterBuilder Pods() =>
        new ClusterBuilder().Space("x").Pod("x/web", 1, "app=web").Pod("x/db", 2, "app=db");

    private static ClusterBuilder Cluster() => Pods()
        .Ingress("x/p", "app=db", ClusterBuilder.Rule([ClusterBuilder.Pods("app=web")], "TCP/80"));

    /// <summary>One packet from the isolated pod, whose egress is open, to the open one.</summary>
    private static Case Case(string profile, bool ack = false)
    {
        ClusterState state = Cluster().Build();
        Step step = new(PacketMaker.FreshOp, new FlowProbe(s_db, s_web, 6, 80), 0, ack ? 203 : 200);
        Assert.Equal($"10.0.0.2 → 10.0.0.1 TCP 8080→80 {(ack ? "ACK" : "SYN")}", PacketMaker.Make(step, []).ToString());
        return new Case(profile, state, state, IsolationMode.Auto, null, Keep: false, [step]);
    }
}
