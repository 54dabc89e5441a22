using System.Numerics;
using System.Runtime.CompilerServices;
using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Switching;

/// <summary>
/// Chooses the ports that a forwarded frame leaves by: the port of a learned station, or all others. A multicast or
/// broadcast packet does not go where an isolated pod is that policy would not let receive it. A pod port is closed for
/// addresses that are no known endpoint's: a pod is not reachable before its policy is in force (S-b18).
/// </summary>
[HotPath]
internal static unsafe class PortChoice
{
    /// <summary>Chooses, and counts what leaves by no port.</summary>
    /// <param name="state">Inside a burst, with tables.</param>
    /// <param name="packet">The frame.</param>
    /// <param name="outcome">Overwritten.</param>
    /// <param name="decision">What let it pass.</param>
    /// <param name="known">Whether its ends are local pods.</param>
    /// <param name="inPort">Index of the port it came in at.</param>
    /// <param name="nowMs">The clock.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Switch(
        SwitchState* state,
        ParsedPacket* packet,
        PacketOutcome* outcome,
        in PacketDecision decision,
        Known known,
        int inPort,
        long nowMs)
    {
        int station = packet->IsGroupMac || packet->IsGroupAddr
            ? -1
            : state->Macs.FindPort(MacTable.KeyOf(packet->DstMac, packet->VlanId), nowMs);
        outcome->Decision = decision;
        outcome->Reason = DropReason.None;
        if (station >= 0)
        {
            ulong port = 1UL << station & ~(1UL << inPort & ~state->Ports.ReflectMask);
            bool isOpen = (known.Dst || (port & state->Ports.PodMask) == 0) &&
                (known.Src || (1UL << inPort & state->Ports.PodMask) == 0);
            if (port != 0 && isOpen)
            {
                outcome->Ports = port;
                return;
            }
        }

        outcome->Ports = Choose(state, packet, decision.Kind, known, inPort, nowMs, out outcome->Reason);
        if (outcome->Ports == 0)
        {
            state->Engine->Counters->Drops[(int)outcome->Reason]++;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Choose(
        SwitchState* state,
        ParsedPacket* packet,
        DecisionKind kind,
        Known known,
        int inPort,
        long nowMs,
        out DropReason reason)
    {
        ref PortLayout layout = ref state->Ports;
        ulong inMask = 1UL << inPort & ~layout.ReflectMask;
        int station = packet->IsGroupMac
            ? -1
            : state->Macs.FindPort(MacTable.KeyOf(packet->DstMac, packet->VlanId), nowMs);
        ulong ports = (station >= 0 ? 1UL << station : layout.AllMask) & ~inMask;
        bool isControl = kind is DecisionKind.Arp or DecisionKind.NeighbourDiscovery;
        reason = DropReason.SameEthPort;
        if (ports != 0 && !isControl && (packet->IsGroupMac || packet->IsGroupAddr))
        {
            ports &= ~DeniedPorts(state, packet->Key);
            reason = DropReason.NoReceiver;
        }

        if (ports != 0 && !isControl)
        {
            bool fromUnknown = (layout.PodMask >> inPort & 1) != 0 && !known.Src;
            bool toAny = packet->IsGroupAddr || known.Dst;
            ports &= fromUnknown ? 0 : toAny ? layout.AllMask : layout.AllMask & ~layout.PodMask;
            reason = ports == 0 ? DropReason.UnknownPod : reason;
        }

        if (BitOperations.PopCount(ports) > 1)
        {
            FloodLimit* limit = state->FloodLimits + (inPort * SwitchState.LimitsPerPort) + (isControl ? 1 : 0);
            if (!limit->TryTake(state->FloodPktsPerSecond, nowMs))
            {
                reason = DropReason.FloodLimited;
                return 0;
            }
        }

        reason = ports != 0 ? DropReason.None : reason;
        return ports;
    }

    /// <summary>Pod ports with an isolated pod behind that may not receive a packet for many.</summary>
    private static ulong DeniedPorts(SwitchState* state, in FlowKey key)
    {
        ClassifierTables* tables = state->Engine->Tables;
        if (Lookup.FindEndpoint(tables, key.DstAddr, key.IpVersion) >= 0)
        {
            return 0; // Addressed to one pod, whose policy has been asked.
        }

        ulong denied = 0;
        int sender = Lookup.FindEndpoint(tables, key.SrcAddr, key.IpVersion);
        for (int i = 0; i < tables->IngressIsolatedCount && denied != state->Ports.PodMask; i++)
        {
            int endpoint = tables->IngressIsolated[i];
            EndpointRecord* record = tables->Endpoints + endpoint;
            bool mayReceive = endpoint == sender ||
                Lookup.IsExemptPeer(tables, endpoint, key.SrcAddr, key.IpVersion) ||
                Lookup.Allows(record->Ingress, key.SrcAddr, key);
            if (!mayReceive)
            {
                // A pod that was not heard yet may be behind any port.
                PodBinding* binding = state->Bindings.Find(record->Id);
                denied |= binding != null ? binding->Ports : state->Ports.PodMask;
            }
        }

        return denied;
    }
}

/// <summary>Whether the ends of a packet are addresses of local pods.</summary>
/// <param name="Src">The source is.</param>
/// <param name="Dst">The destination is.</param>
internal readonly record struct Known(bool Src, bool Dst);
