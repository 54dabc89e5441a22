namespace NetPolNic.Benches.Datapath.Contestants;

/// <summary>A data path in a process of its own that forwards without pause, unless it is held.</summary>
internal interface IContestant : IAsyncDisposable
{
    /// <summary>Reads its counters.</summary>
    Task<Reading> ReadAsync();

    /// <summary>The process whose busiest thread is the data path.</summary>
    int ProcessId { get; }

    /// <summary>Takes the CPU away from it.</summary>
    void Hold();

    /// <summary>Gives the CPU back.</summary>
    void Resume();
}
