using System.Collections.Immutable;
using CsCheck;
using Dpdk.Flow;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.Policy.Resolve;
using NetPolNic.TestSupport;

namespace NetPolNic.Offload.Tests.Planning;

/// <summary>
/// Resolver, planner and interpreter together against the reference evaluator and its connection model.
/// </summary>
public sealed class OraclePropertyTests
{
    [Fact]
    public void Agrees_with_the_connection_oracle_for_random_clusters() =>
        Gen.Select(
                ClusterGen.State,
                ClusterGen.Mode,
                ClusterGen.Node,
                NicGens.Shipped,
                Gen.Bool,
                PacketGen.Packet.Array[80],
                Gen.Int[0, 5].Array[80])
            .Sample(
                (state, mode, node, nic, keep, packets, chains) =>
                    Wrong(state, mode, node, nic, keep, packets, chains) is { } wrong
                        ? throw new InvalidOperationException(wrong)
                        : true,
                iter: 250,
                print: sample => ClusterYaml.Write(sample.Item1) +
                    $"\n{sample.Item2} node {sample.Item3} on {sample.Item4.Name}");

    private static string? Wrong(
        ClusterState state,
        IsolationMode mode,
        string? node,
        NicCapabilities nic,
        bool keep,
        AbstractPacket[] packets,
        int[] chains)
    {
        PolicySnapshot snapshot = new PolicyResolver(mode).Resolve(state, node);
        ConnectionOracle oracle = new(
            new PolicyEvaluator(state, mode), keep ? EstablishedMode.Keep : EstablishedMode.Cut, node);
        OffloadPlan plan = OffloadPlanner.Plan(snapshot, nic, PlanOptions.Default with { KeepEstablished = keep });
        FlowTableInterpreter table = new(plan.Rules.Select(rule => rule.Spec), nic);
        foreach ((AbstractPacket packet, int chain) in packets.Zip(chains))
        {
            TableDecision decision = table.Decide(HeadersOf(packet, chain));
            bool sound = decision.Verdict switch
            {
                RuleVerdict.Drop => oracle.DeniedInAnyState(packet),
                RuleVerdict.Pass => oracle.AllowedInAnyState(packet),
                _ => true,
            };
            if (!sound || decision.IsAmbiguous)
            {
                return $"{packet}\n{decision.Verdict} by {TestpmdSyntax.Format(decision.Rule!, 0)}";
            }
        }

        return null;
    }

    private static PacketHeaders HeadersOf(AbstractPacket packet, int chain)
    {
        bool v6 = packet.Src.Family == IpFamily.V6;
        ImmutableArray<byte> extensions = (v6, chain) switch
        {
            (true, _) when packet.Fragment is not null => chain == 1 ? [0, 44] : [44],
            (true, 1) => [0],
            (true, 2) => [0, 43, 60],
            _ => [],
        };
        return new PacketHeaders(packet.Src, packet.Dst, packet.IpProto)
        {
            SrcL4Port = packet.SrcL4Port,
            DstL4Port = packet.DstL4Port,
            TcpFlags = packet.TcpFlags,
            IcmpType = packet.IcmpType,
            FragmentOffset = (ushort)(packet.Fragment?.Offset ?? 0),
            MoreFragments = packet.Fragment?.More ?? false,
            DontFragment = !v6 && chain == 1,
            Extensions = extensions,
        };
    }
}
