namespace NetPolNic.Offload.Planning;

/// <summary>How covers of replies keep off TCP packets with SYN and without ACK.</summary>
internal enum BareSyns : byte
{
    /// <summary>They do not: the NIC cannot tell them apart, or the protocol has none.</summary>
    Covered,

    /// <summary>Two covers by flags instead of one.</summary>
    ByFlags,

    /// <summary>A rule between the covers of new connections and those of replies takes bare SYNs on to the drops.</summary>
    Above,
}
