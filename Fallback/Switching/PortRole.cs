namespace NetPolNic.Fallback.Switching;

/// <summary>What is behind a port of the switch.</summary>
public enum PortRole : byte
{
    /// <summary>The wire.</summary>
    Uplink,

    /// <summary>One or many local pods.</summary>
    Pod,
}
