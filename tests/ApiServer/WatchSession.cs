namespace NetPolNic.TestApiServer;

/// <summary>A running watch, as seen by those who steer it.</summary>
internal sealed class WatchSession(ResourceKind kind)
{
    private TaskCompletionSource _pulse = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ResourceKind Kind => kind;

    public string Plural => kind.Plural;

    /// <summary>Changes since it began: a running watch loses none to a compaction.</summary>
    public List<StoredEvent> Backlog { get; } = [];

    /// <summary>How it is to end; set under the server's lock.</summary>
    public WatchEnd? End { get; private set; }

    /// <summary>Bookmarks asked for by hand.</summary>
    public int BookmarksDue { get; set; }

    /// <summary>Completes at the next change of anything that concerns this watch.</summary>
    public Task Changed => _pulse.Task;

    public void EndBy(WatchEnd end)
    {
        End = end;
        Pulse();
    }

    public void Pulse()
    {
        TaskCompletionSource pulse = _pulse;
        _pulse = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        pulse.TrySetResult();
    }
}
