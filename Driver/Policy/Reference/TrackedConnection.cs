namespace NetPolNic.Policy.Reference;

/// <summary>State of a tracked connection.</summary>
internal sealed class TrackedConnection
{
    /// <summary>False: a tombstone, cut by a policy change.</summary>
    public bool IsAlive { get; set; }

    /// <summary>When a packet of it last passed, in seconds.</summary>
    public double LastSec { get; set; }
}
