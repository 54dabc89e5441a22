namespace NetPolNic.Fallback.Conntrack;

/// <summary>How far a connection has come.</summary>
public enum ConnectionState : byte
{
    /// <summary>The slot is free.</summary>
    Free,

    /// <summary>Only the opener has sent so far.</summary>
    Opening,

    /// <summary>Both sides have sent.</summary>
    Established,

    /// <summary>TCP after RST, or FIN from both sides.</summary>
    Closing,
}
