namespace NetPolNic.Offload.Lowering;

/// <summary>
/// By what a region names its protocol; the two differ on fragments and behind IPv6 extension headers.
/// </summary>
public enum ProtoBy : byte
{
    /// <summary>The protocol byte of the IP header: fragments too, but nothing behind IPv6 extension headers.</summary>
    Header,

    /// <summary>The L4 header that the NIC has parsed: no later fragment.</summary>
    L4,
}
