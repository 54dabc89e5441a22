namespace NetPolNic.Offload.Capabilities;

/// <summary>How a NIC can match a field. Ordered: each kind includes the ones before it.</summary>
public enum MaskKind : byte
{
    /// <summary>Not at all: the field must be left out of the pattern.</summary>
    None,

    /// <summary>Only under a full mask.</summary>
    Exact,

    /// <summary>Under a mask of leading ones.</summary>
    Prefix,

    /// <summary>Under any mask.</summary>
    Any,

    /// <summary>Under any mask, and as a range by <c>last</c>.</summary>
    Range,
}
