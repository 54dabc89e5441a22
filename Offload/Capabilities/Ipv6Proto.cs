namespace NetPolNic.Offload.Capabilities;

/// <summary>What <c>ipv6.proto</c> is compared with. rte_flow means the header's own byte; devices differ.</summary>
public enum Ipv6Proto : byte
{
    /// <summary>
    /// The next-header byte of the fixed header, beside an L4 item too: a match on TCP leaves no room for a fragment header.
    /// </summary>
    First,

    /// <summary>The protocol behind the extension headers, a fragment header included.</summary>
    Last,

    /// <summary>Not known, or refused beside an L4 item.</summary>
    Unknown,
}
