namespace NetPolNic.Cluster;

/// <summary>What a look at the folder found.</summary>
public enum PollResult : byte
{
    /// <summary>Nothing new.</summary>
    Unchanged,

    /// <summary>Something changed and may still be changing: look again soon.</summary>
    Settling,

    /// <summary>There is a new load.</summary>
    Changed,
}
