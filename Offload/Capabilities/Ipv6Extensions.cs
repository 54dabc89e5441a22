namespace NetPolNic.Offload.Capabilities;

/// <summary>Where L4 items find their header in IPv6.</summary>
public enum Ipv6Extensions : byte
{
    /// <summary>Behind extension headers too.</summary>
    Parse,

    /// <summary>Only directly after the fixed header.</summary>
    None,

    /// <summary>Not known: either of these.</summary>
    Unknown,
}
