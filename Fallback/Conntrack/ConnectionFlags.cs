namespace NetPolNic.Fallback.Conntrack;

/// <summary>
/// What is known of a connection besides its key. A free slot has none, or tells of a denial: <see cref="Cut"/>, the IP
/// version's bit, and <see cref="OpenedByHigh"/> where the packet came from that end.
/// </summary>
[Flags]
internal enum ConnectionFlags : byte
{
    None = 0,

    /// <summary>Both sides have sent.</summary>
    Replied = 1,

    /// <summary>With <see cref="InUse"/> the number of the IP version.</summary>
    IsIpv6 = 2,

    /// <summary>The slot holds a connection.</summary>
    InUse = 4,

    /// <summary>The end with the high address opened it.</summary>
    OpenedByHigh = 8,

    /// <summary>The policy in force does not allow it: its packets are dropped (S-b15).</summary>
    Cut = 16,

    /// <summary>TCP: the opener has sent FIN.</summary>
    OpenerFin = 32,

    /// <summary>TCP: the other side has sent FIN.</summary>
    ReplierFin = 64,

    /// <summary>Its packets pass whatever the policy (S-b12, S-b13).</summary>
    Exempt = 128,

    /// <summary>TCP after FIN from both sides, or RST.</summary>
    Closing = OpenerFin | ReplierFin,
}
