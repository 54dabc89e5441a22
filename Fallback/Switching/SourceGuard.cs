using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Switching;

/// <summary>
/// Sees to it that a local pod's address and MAC address are only used by that pod. The first packet of a pod, mostly the
/// ARP or neighbour discovery of its interface, binds it to the port it comes in at; nobody else can take it over while
/// the pod is there. An uplink never has a local pod behind it, unless it reflects.
/// </summary>
[HotPath]
internal static unsafe class SourceGuard
{
    /// <summary>Checks who sent a packet, and learns where its sender is if it may be.</summary>
    /// <param name="state">Inside a burst, with tables.</param>
    /// <param name="packet">An IP or ARP packet.</param>
    /// <param name="source">Local endpoint that owns the source address of an IP packet, or none.</param>
    /// <param name="inPort">Index of the port it came in at.</param>
    /// <param name="nowMs">The clock.</param>
    public static DropReason Check(SwitchState* state, ParsedPacket* packet, int source, int inPort, long nowMs)
    {
        ClassifierTables* tables = state->Engine->Tables;
        Sender sender = new() { Mac = packet->SrcMac, Port = inPort };
        uint owner = 0;
        if (source >= 0)
        {
            sender.Addr = packet->Key.SrcAddr;
            sender.IpVersion = packet->Key.IpVersion;
            owner = tables->Endpoints[source].Id;
            DropReason reason = CheckEndpoint(state, sender, owner);
            if (reason != DropReason.None)
            {
                return reason;
            }
        }

        if (packet->ClaimsAddr)
        {
            DropReason reason = CheckClaim(state, packet, sender, ref owner);
            if (reason != DropReason.None)
            {
                return reason;
            }
        }

        if (!MacTable.IsStation(packet->SrcMac))
        {
            return DropReason.None;
        }

        if (owner == 0 && IsGuarded(state, inPort))
        {
            ulong ports = state->Bindings.PortsOfMac(packet->SrcMac);
            if (ports != 0 && (ports >> inPort & 1) == 0)
            {
                return DropReason.SpoofedMac;
            }
        }

        state->Macs.Learn(MacTable.KeyOf(packet->SrcMac, packet->VlanId), MacEntry.PlaceOf(owner, inPort), nowMs);
        return DropReason.None;
    }

    /// <summary>What an ARP or neighbour discovery message says of its sender.</summary>
    private static DropReason CheckClaim(SwitchState* state, ParsedPacket* packet, Sender sender, ref uint owner)
    {
        ClassifierTables* tables = state->Engine->Tables;
        sender.Addr = packet->ClaimedAddr;
        sender.IpVersion = packet->Key.IpVersion;
        int claimed = Lookup.FindEndpoint(tables, sender.Addr, sender.IpVersion);
        if (claimed < 0)
        {
            return DropReason.None;
        }

        owner = tables->Endpoints[claimed].Id;
        DropReason reason = CheckEndpoint(state, sender, owner);
        return reason == DropReason.None && IsGuarded(state, sender.Port) && packet->ClaimedMac != packet->SrcMac
            ? DropReason.SpoofedMac
            : reason;
    }

    private static DropReason CheckEndpoint(SwitchState* state, in Sender sender, uint id)
    {
        bool isPodPort = (state->Ports.PodMask >> sender.Port & 1) != 0;
        if (!isPodPort)
        {
            return IsGuarded(state, sender.Port) ? DropReason.SpoofedAddress : DropReason.None;
        }

        PodBinding* binding = state->Bindings.Find(id);
        if (!state->Guards)
        {
            if (binding != null)
            {
                binding->Ports |= 1UL << sender.Port;
                return DropReason.None;
            }

            state->Bindings.Add(id, sender.Mac, sender.Port);
            return DropReason.None;
        }

        if (binding != null)
        {
            return (binding->Ports >> sender.Port & 1) == 0 ? DropReason.SpoofedAddress
                : binding->Mac != sender.Mac ? DropReason.SpoofedMac
                : DropReason.None;
        }

        if (!state->Places.Admits(sender.Addr, sender.IpVersion, sender.Mac, sender.Port))
        {
            return DropReason.SpoofedAddress;
        }

        ulong ports = state->Bindings.PortsOfMac(sender.Mac);
        if (!MacTable.IsStation(sender.Mac) || (ports != 0 && (ports >> sender.Port & 1) == 0))
        {
            return DropReason.SpoofedMac;
        }

        return state->Bindings.Add(id, sender.Mac, sender.Port) ? DropReason.None : DropReason.SpoofedAddress;
    }

    /// <summary>Whether what comes in at a port is checked: an uplink that reflects brings pods' packets back.</summary>
    private static bool IsGuarded(SwitchState* state, int port) => state->Guards &&
        ((state->Ports.PodMask | ~state->Ports.ReflectMask) >> port & 1) != 0;

    private struct Sender
    {
        public UInt128 Addr;
        public ulong Mac;
        public int Port;
        public byte IpVersion;
    }
}
