namespace NetPolNic.Offload.Lowering;

/// <summary>
/// By what a region names its protocol; the two differ on fragments and behind IPv6 extension headers.
/// </summary>
public enum ProtoBy : byte
{
    /// <summary>
    /// The protocol byte of the IP header: fragments too, but nothing behind IPv6 extension headers unless the NIC takes the
    /// last header's protocol for it (<see cref="Capabilities.Ipv6Proto.Last"/>); drops and their covers by it agree either way.
    /// </summary>
    Header,

    /// <summary>The L4 header that the NIC has parsed: no later fragment.</summary>
    L4,
}
