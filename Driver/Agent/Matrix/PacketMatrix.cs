using System.Collections.Immutable;
using NetPolNic.Agent.Emulation;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Matrix;

/// <summary>The matrix by packets: each cell's first packet through the emulated NIC and the fallback.</summary>
internal static class PacketMatrix
{
    /// <summary>Builds a node, puts the policy in force and sends.</summary>
    public static MatrixResult Build(
        ClusterState state,
        PolicySnapshot snapshot,
        NicCapabilities nic,
        ImmutableArray<MatrixEndpoint> endpoints,
        ImmutableArray<ProtoPort> ports,
        string? nodeName)
    {
        using EmulatedNode node = new(nic);
        node.Apply(snapshot);
        return Send(node, new EmulatedHosts(node, state, endpoints, nodeName), endpoints, ports);
    }

    /// <summary>Sends every cell through a node whose policy is in force.</summary>
    public static MatrixResult Send(
        EmulatedNode node,
        EmulatedHosts hosts,
        ImmutableArray<MatrixEndpoint> endpoints,
        ImmutableArray<ProtoPort> ports) =>
        new(endpoints, ports, [.. ports.Select(port => Table(node, hosts, endpoints.Length, port))]);

    private static MatrixTable Table(EmulatedNode node, EmulatedHosts hosts, int count, ProtoPort port)
    {
        bool[,] combined = new bool[count, count];
        VerdictPlace[,] places = new VerdictPlace[count, count];
        for (int src = 0; src < count; src++)
        {
            for (int dst = 0; dst < count; dst++)
            {
                node.ForgetConnections();
                SendResult? result = hosts.SendFirst(src, dst, port);
                combined[src, dst] = result?.IsAllowed ?? false;
                places[src, dst] = result?.Place ?? VerdictPlace.None;
            }
        }

        return new MatrixTable(port, Ingress: null, Egress: null, combined, places);
    }
}
