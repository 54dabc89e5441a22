using System.Collections.Immutable;
using NetPolNic.Agent.Matrix;
using NetPolNic.Agent.Packets;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Emulation;

/// <summary>Places the matrix's endpoints around an emulated node: local pods behind the pods' port, all else behind the wire.</summary>
internal sealed class EmulatedHosts
{
    // Locally administered, unicast (IEEE 802 bit 1 of the first octet).
    private const ulong MacBase = 0x0200_0000_0000;

    private readonly EmulatedNode _node;
    private readonly ImmutableArray<MatrixEndpoint> _endpoints;
    private readonly ImmutableArray<bool> _isLocal;

    /// <summary>Announces every endpoint's addresses, so that the switch knows where its MAC is.</summary>
    /// <param name="node">The node; its policy is in force already, or nothing is learned.</param>
    /// <param name="state">Says which pods are on the node.</param>
    /// <param name="endpoints">Who there is.</param>
    /// <param name="nodeName">The node's name; null: every pod is local.</param>
    public EmulatedHosts(
        EmulatedNode node, ClusterState state, ImmutableArray<MatrixEndpoint> endpoints, string? nodeName)
    {
        HashSet<string> local =
        [
            .. state.Pods.Where(pod => !pod.HostNetwork && (nodeName is null || pod.NodeName == nodeName))
                .Select(pod => $"{pod.Namespace}/{pod.Name}"),
        ];
        _node = node;
        _endpoints = endpoints;
        _isLocal = [.. endpoints.Select(endpoint => endpoint.IsPod && local.Contains(endpoint.Name))];
        for (int i = 0; i < endpoints.Length; i++)
        {
            foreach (IpAddr addr in endpoints[i].Addresses)
            {
                node.Send(PortOf(i), FrameBuilder.Announce(MacOf(i), addr));
            }
        }
    }

    /// <summary>The endpoint's MAC address as a 48-bit number.</summary>
    public static ulong MacOf(int endpoint) => MacBase + (uint)endpoint + 1;

    public EmulatedPort PortOf(int endpoint) => _isLocal[endpoint] ? EmulatedPort.Pods : EmulatedPort.Uplink;

    /// <summary>Sends a first packet from one endpoint to another; null where they share no address family.</summary>
    public SendResult? SendFirst(int src, int dst, ProtoPort port)
    {
        if (MatrixEndpoint.CommonFamily(_endpoints[src], _endpoints[dst]) is not { } pair)
        {
            return null;
        }

        return Send(src, dst, ProbePacket.First(pair.Src, pair.Dst, (byte)port.Proto, port.L4Port));
    }

    /// <summary>Sends any packet from one endpoint's port to another's MAC.</summary>
    public SendResult Send(int src, int dst, ProbePacket packet) =>
        _node.Send(PortOf(src), packet.ToFrame(MacOf(src), MacOf(dst)));
}
