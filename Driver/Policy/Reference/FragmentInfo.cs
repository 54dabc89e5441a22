namespace NetPolNic.Policy.Reference;

/// <summary>The fragment fields of an IPv4 header or of an IPv6 fragment header.</summary>
/// <param name="Id">Identification: 16 bits in IPv4, 32 in IPv6.</param>
/// <param name="Offset">Offset in units of eight octets; not 0 means that the packet has no L4 header.</param>
/// <param name="More">More fragments follow.</param>
public readonly record struct FragmentInfo(uint Id, int Offset, bool More)
{
    /// <summary>Offset 0 and nothing follows: a whole packet (an IPv6 atomic fragment, for one).</summary>
    public bool IsWhole => Offset == 0 && !More;

    /// <summary>A fragment without an L4 header.</summary>
    public bool IsLater => Offset != 0;
}
