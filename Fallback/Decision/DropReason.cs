namespace NetPolNic.Fallback.Decision;

/// <summary>Why a packet was not forwarded. Values index counters.</summary>
public enum DropReason : byte
{
    /// <summary>It was forwarded.</summary>
    None,

    /// <summary>No policy has been published yet: nothing passes (S-b18).</summary>
    NotReady,

    /// <summary>Headers run past the frame, or a length field lies.</summary>
    Truncated,

    /// <summary>A header field has a value no sender may use.</summary>
    Malformed,

    /// <summary>Too many, misplaced or repeated IPv6 extension headers.</summary>
    ExtensionChain,

    /// <summary>A first fragment without its whole L4 header, or one that would overwrite it.</summary>
    TinyFragment,

    /// <summary>Neither IP nor ARP.</summary>
    EtherType,

    /// <summary>The sending pod's egress policy.</summary>
    EgressDenied,

    /// <summary>The receiving pod's ingress policy.</summary>
    IngressDenied,

    /// <summary>A packet of a connection that a policy change has cut (S-b15).</summary>
    ConnectionCut,

    /// <summary>A later fragment for an isolated pod, without its first (S-b20).</summary>
    FragmentWithoutFirst,

    /// <summary>A later fragment of a datagram whose first fragment was dropped.</summary>
    FragmentOfDropped,

    /// <summary>Longer than any frame that is parsed, in several mbuf segments.</summary>
    ScatteredHeaders,

    /// <summary>Its destination is on the port it came from, which does not reflect.</summary>
    SameEthPort,

    /// <summary>A multicast or broadcast packet that no port may receive.</summary>
    NoReceiver,

    /// <summary>From or to a pod port with an address that is no known pod's: closed until its policy is in force (S-b18).</summary>
    UnknownPod,

    /// <summary>No mbuf for a flooded copy.</summary>
    NoMbuf,

    /// <summary>The transmit queue was full.</summary>
    TxFull,

    /// <summary>The loop that owns the packet takes no more from the one that received it.</summary>
    HandoverFull,

    /// <summary>A local pod's source address, ARP or neighbour discovery sender from a port that the pod is not behind.</summary>
    SpoofedAddress,

    /// <summary>A local pod's address with another MAC address than the pod's, or its MAC address from elsewhere.</summary>
    SpoofedMac,

    /// <summary>More unknown, broadcast or multicast packets of one port than may be flooded.</summary>
    FloodLimited,
}
