using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;

namespace NetPolNic.Agent.Matrix;

/// <summary>The matrix by the reference evaluator: no packets.</summary>
internal static class ModelMatrix
{
    /// <summary>Asks the evaluator for every cell.</summary>
    /// <param name="evaluator">The oracle.</param>
    /// <param name="endpoints">Rows and columns.</param>
    /// <param name="ports">One table each.</param>
    /// <param name="nodeName">Only pods of this node enforce; null: every pod does.</param>
    public static MatrixResult Build(
        PolicyEvaluator evaluator,
        ImmutableArray<MatrixEndpoint> endpoints,
        ImmutableArray<ProtoPort> ports,
        string? nodeName) =>
        new(endpoints, ports, [.. ports.Select(port => Table(evaluator, endpoints, port, nodeName))]);

    private static MatrixTable Table(
        PolicyEvaluator evaluator, ImmutableArray<MatrixEndpoint> endpoints, ProtoPort port, string? nodeName)
    {
        int count = endpoints.Length;
        bool[,] ingress = new bool[count, count];
        bool[,] egress = new bool[count, count];
        bool[,] combined = new bool[count, count];
        for (int src = 0; src < count; src++)
        {
            for (int dst = 0; dst < count; dst++)
            {
                if (MatrixEndpoint.CommonFamily(endpoints[src], endpoints[dst]) is not { } pair)
                {
                    continue;
                }

                FlowDecision decision = evaluator.Evaluate(pair.Src, pair.Dst, (byte)port.Proto, port.L4Port, nodeName);
                ingress[src, dst] = decision.Ingress.Verdict == Verdict.Allow;
                egress[src, dst] = decision.Egress.Verdict == Verdict.Allow;
                combined[src, dst] = decision.Combined == Verdict.Allow;
            }
        }

        return new MatrixTable(port, ingress, egress, combined, Places: null);
    }
}
