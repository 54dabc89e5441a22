namespace NetPolNic.Fallback.Conntrack;

/// <summary>What is known of a connection besides its state.</summary>
[Flags]
internal enum ConnectionFlags : byte
{
    None = 0,

    /// <summary>The end with the high address opened it.</summary>
    OpenedByHigh = 1,

    /// <summary>The policy in force does not allow it: its packets are dropped (S-b15).</summary>
    Cut = 2,

    /// <summary>TCP: the opener has sent FIN.</summary>
    OpenerFin = 4,

    /// <summary>TCP: the other side has sent FIN.</summary>
    ReplierFin = 8,
}
