namespace NetPolNic.Fallback.Conntrack;

/// <summary>What is seldom needed of a connection: stands beside its slot, so as not to take room in it.</summary>
internal struct ConnectionStamp
{
    /// <summary>When it was opened, seconds of the engine's clock.</summary>
    public uint OpenedSec;

    /// <summary>Counts the connections, so that one can be told from another that stood in its slot.</summary>
    public uint Serial;

    /// <summary>Number of the endpoint whose quota it counts in, or 0.</summary>
    public uint ChargedTo;

    /// <summary>Index of its home in the group that it stands in: the first one of its key, or the second.</summary>
    public uint Home;
}

/// <summary>A connection that became dispensable once: still is where the slot has the serial.</summary>
internal struct DispensableSlot
{
    public uint Slot;
    public uint Serial;
}
