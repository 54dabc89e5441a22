namespace NetPolNic.Agent.Matrix;

/// <summary>Where a packet's verdict was taken.</summary>
internal enum VerdictPlace : byte
{
    /// <summary>No packet was sent: the two share no address family.</summary>
    None,

    /// <summary>The NIC dropped it: no CPU.</summary>
    NicDrop,

    /// <summary>The NIC marked it as allowed, and the fallback agreed.</summary>
    NicPass,

    /// <summary>The fallback dropped it.</summary>
    FallbackDrop,

    /// <summary>The fallback let it through.</summary>
    FallbackPass,
}
