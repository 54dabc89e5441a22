namespace NetPolNic.Fallback.Worker;

/// <summary>Life of a worker's thread; it never goes back.</summary>
public enum WorkerState
{
    /// <summary>No thread yet; may be polled step by step.</summary>
    Created,

    /// <summary>The thread polls.</summary>
    Running,

    /// <summary>Told to stop; finishes its burst.</summary>
    Draining,

    /// <summary>Polls no more: nothing is forwarded.</summary>
    Stopped,
}
