namespace NetPolNic.Fallback.Parsing;

/// <summary>A packet's place in a fragmented datagram; IPv6 atomic fragments are whole packets.</summary>
internal enum FragmentKind : byte
{
    /// <summary>Not fragmented.</summary>
    Whole,

    /// <summary>Offset 0 and more to come: carries the L4 header.</summary>
    First,

    /// <summary>Offset above 0: no L4 header.</summary>
    Later,
}
