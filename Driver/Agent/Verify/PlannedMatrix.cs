using System.Collections.Immutable;
using NetPolNic.Agent.Matrix;
using NetPolNic.Agent.Packets;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;

namespace NetPolNic.Agent.Verify;

/// <summary>The matrix of first packets: policy's verdict, and by the rules of the plan who gives it.</summary>
internal static class PlannedMatrix
{
    private const int MaxExternals = 8;

    /// <summary>Builds a table for each port that the manifests name.</summary>
    public static MatrixResult Build(
        ClusterState state, PolicyEvaluator evaluator, OffloadPlan plan, NicCapabilities nic, string? nodeName)
    {
        ImmutableArray<MatrixEndpoint> endpoints =
            MatrixEndpoints.Of(state, MatrixEndpoints.ExternalsNamedIn(state, MaxExternals));
        FlowTableInterpreter table = new(plan.Rules.Select(rule => rule.Spec), nic);
        MatrixResult model = ModelMatrix.Build(evaluator, endpoints, MatrixEndpoints.PortsNamedIn(state), nodeName);
        return model with { Tables = [.. model.Tables.Select(one => one with { Places = Places(one, endpoints, table) })] };
    }

    private static VerdictPlace[,] Places(
        MatrixTable table, ImmutableArray<MatrixEndpoint> endpoints, FlowTableInterpreter nic)
    {
        VerdictPlace[,] places = new VerdictPlace[endpoints.Length, endpoints.Length];
        for (int src = 0; src < endpoints.Length; src++)
        {
            for (int dst = 0; dst < endpoints.Length; dst++)
            {
                bool inside = endpoints[src].IsPod || endpoints[dst].IsPod;
                places[src, dst] = inside && MatrixEndpoint.CommonFamily(endpoints[src], endpoints[dst]) is { } pair
                    ? Place(nic, ProbePacket.First(pair.Src, pair.Dst, (byte)table.Port.Proto, table.Port.L4Port), table.Combined[src, dst])
                    : VerdictPlace.None;
            }
        }

        return places;
    }

    private static VerdictPlace Place(FlowTableInterpreter nic, ProbePacket packet, bool allowed) =>
        nic.Decide(packet.ToHeaders()).Verdict switch
        {
            RuleVerdict.Drop => VerdictPlace.NicDrop,
            RuleVerdict.Pass => VerdictPlace.NicPass,
            _ => allowed ? VerdictPlace.FallbackPass : VerdictPlace.FallbackDrop,
        };
}
