namespace NetPolNic.Offload.Planning.Budget;

/// <summary>Which packets of a pair one rule drops.</summary>
internal enum PairForm : byte
{
    /// <summary>The whole protocol, fragments included.</summary>
    Header,

    /// <summary>The whole protocol, but for fragments.</summary>
    L4,

    /// <summary>Only packets that open a TCP connection.</summary>
    BareSyn,
}
