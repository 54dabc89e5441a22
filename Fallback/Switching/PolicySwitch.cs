using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback.Switching;

/// <summary>
/// Chooses the ports that a forwarded frame leaves by: the port of a learned station, or all others. A multicast or
/// broadcast packet does not go where an isolated pod is that policy would not let receive it. A pod port is closed for
/// addresses that are no known endpoint's: a pod is not reachable before its policy is in force (S-b18). One worker's own.
/// </summary>
[HotPath]
internal sealed unsafe class PolicySwitch : IDisposable
{
    private readonly MacTable _macs;
    private readonly AgedTable _endpointPorts;
    private readonly PortLayout _layout;

    public PolicySwitch(in PortLayout layout, FallbackOptions options, ulong seed, WorkerCounterBlock* counters)
    {
        _layout = layout;
        _macs = new MacTable(options.MacCapacity, options.MacAgeSeconds, seed, counters);

        // An endpoint keeps its ports for good: one that is forgotten counts as being behind every port.
        _endpointPorts = new AgedTable(options.MacCapacity, long.MaxValue / 2, seed);
    }

    /// <summary>Notes which stations and pods are behind the port that a well-formed frame came in at.</summary>
    public void Learn(ClassifierTables* tables, in ParsedPacket packet, int inPort, long nowMs)
    {
        _macs.Learn(packet.SrcMac, packet.VlanId, inPort, nowMs);
        if ((_layout.PodMask >> inPort & 1) == 0)
        {
            return;
        }

        int endpoint = packet.Status == ParseStatus.Arp
            ? Lookup.FindEndpoint(tables, packet.ClaimedAddr, 4)
            : Lookup.FindEndpoint(tables, packet.Key.SrcAddr, packet.Key.IpVersion);
        if (endpoint >= 0)
        {
            uint id = tables->Endpoints[endpoint].Id;
            _endpointPorts.TryGet(id, nowMs, out ulong known);
            _endpointPorts.Set(id, known | 1UL << inPort, nowMs);
        }
    }

    /// <summary>The ports that a frame leaves by, as a mask.</summary>
    /// <param name="tables">The snapshot in force.</param>
    /// <param name="packet">The frame.</param>
    /// <param name="kind">What let it pass.</param>
    /// <param name="inPort">Index of the port it came in at.</param>
    /// <param name="nowMs">The clock.</param>
    /// <param name="reason">Why the mask is empty.</param>
    public ulong Route(
        ClassifierTables* tables,
        in ParsedPacket packet,
        DecisionKind kind,
        int inPort,
        long nowMs,
        out DropReason reason)
    {
        ulong inMask = (1UL << inPort) & ~_layout.ReflectMask;
        int known = packet.IsGroupMac ? -1 : _macs.Find(packet.DstMac, packet.VlanId, nowMs);
        ulong ports = (known >= 0 ? 1UL << known : _layout.AllMask) & ~inMask;
        reason = ports != 0 ? DropReason.None : DropReason.SameEthPort;
        bool isControl = kind is DecisionKind.Arp or DecisionKind.NeighbourDiscovery;
        if (ports != 0 && !isControl && (packet.IsGroupMac || packet.IsGroupAddr))
        {
            ports &= ~DeniedPorts(tables, packet.Key, nowMs);
            reason = ports != 0 ? DropReason.None : DropReason.NoReceiver;
        }

        if (ports != 0 && !isControl)
        {
            ports &= OpenPorts(tables, packet, inPort);
            reason = ports != 0 ? DropReason.None : DropReason.UnknownPod;
        }

        return ports;
    }

    public void Dispose()
    {
        _macs.Dispose();
        _endpointPorts.Dispose();
    }

    /// <summary>Ports that are open for a packet's addresses: pod ports only for those of known endpoints.</summary>
    private ulong OpenPorts(ClassifierTables* tables, in ParsedPacket packet, int inPort)
    {
        bool fromPodPort = (_layout.PodMask >> inPort & 1) != 0;
        if (fromPodPort && Lookup.FindEndpoint(tables, packet.Key.SrcAddr, packet.Key.IpVersion) < 0)
        {
            return 0;
        }

        bool toMany = packet.IsGroupAddr;
        return toMany || Lookup.FindEndpoint(tables, packet.Key.DstAddr, packet.Key.IpVersion) >= 0
            ? _layout.AllMask
            : _layout.AllMask & ~_layout.PodMask;
    }

    /// <summary>Pod ports with an isolated pod behind that may not receive a packet for many.</summary>
    private ulong DeniedPorts(ClassifierTables* tables, in FlowKey key, long nowMs)
    {
        if (Lookup.FindEndpoint(tables, key.DstAddr, key.IpVersion) >= 0)
        {
            return 0; // Addressed to one pod, whose policy has been asked.
        }

        ulong denied = 0;
        int sender = Lookup.FindEndpoint(tables, key.SrcAddr, key.IpVersion);
        for (int i = 0; i < tables->IngressIsolatedCount && denied != _layout.PodMask; i++)
        {
            int endpoint = tables->IngressIsolated[i];
            EndpointRecord* record = tables->Endpoints + endpoint;
            bool mayReceive = endpoint == sender ||
                Lookup.IsExemptPeer(tables, endpoint, key.SrcAddr, key.IpVersion) ||
                Lookup.Allows(record->Ingress, key.SrcAddr, key);
            if (!mayReceive)
            {
                denied |= _endpointPorts.TryGet(record->Id, nowMs, out ulong ports) ? ports : _layout.PodMask;
            }
        }

        return denied;
    }
}
