using System.Collections.Immutable;
using NetPolNic.Agent.Matrix;
using NetPolNic.Agent.Packets;

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
    public EmulatedHosts(EmulatedNode node, ImmutableArray<MatrixEndpoint> endpoints, Func<MatrixEndpoint, bool> isLocal)
    {
        _node = node;
        _endpoints = endpoints;
        _isLocal = [.. endpoints.Select(isLocal)];
        for (int i = 0; i < endpoints.Length; i++)
        {
            foreach (var addr in endpoints[i].Addresses)
            {
                node.Send(PortOf(i), FrameBuilder.Announce(MacOf(i), addr));
            }
        }
    }

    /// <summary>The endpoint's MAC address as a 48-bit number.</summary>
    public static ulong MacOf(int endpoint) => MacBase + (uint)endpoint + 1;

    public EmulatedPort PortOf(int endpoint) => _isLocal[endpoint] ? EmulatedPort.Pods : EmulatedPort.Uplink;

    /// <summary>Sends a first packet from one endpoint to another; null where they share no address family.</summary>
    public SendResult? SendFirst(int src, int dst, ProtoPort port, ushort srcL4Port)
    {
        if (MatrixEndpoint.CommonFamily(_endpoints[src], _endpoints[dst]) is not { } pair)
        {
            return null;
        }

        byte[] frame = FrameBuilder.First(
            MacOf(src), MacOf(dst), pair.Src, pair.Dst, port.Proto, srcL4Port, port.L4Port);
        return _node.Send(PortOf(src), frame);
    }
}
