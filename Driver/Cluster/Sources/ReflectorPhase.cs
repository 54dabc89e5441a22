namespace NetPolNic.Cluster.Sources;

/// <summary>What a reflector is doing.</summary>
public enum ReflectorPhase : byte
{
    /// <summary>Nothing yet.</summary>
    Starting,

    /// <summary>Reading all objects.</summary>
    Listing,

    /// <summary>Following changes.</summary>
    Watching,

    /// <summary>Waiting before the next try; the last good state stays in force.</summary>
    BackingOff,

    /// <summary>Done: nothing can follow.</summary>
    Ended,
}
