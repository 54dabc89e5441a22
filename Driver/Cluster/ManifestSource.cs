using System.Runtime.CompilerServices;
using System.Threading.Channels;
using NetPolNic.Cluster.Reading;

namespace NetPolNic.Cluster;

/// <summary>
/// Follows a folder of manifests, or reads standard input once. A changed folder is read again when it has been quiet
/// for <see cref="QuietTimeMs"/>; what cannot be used comes with its problems and no state, and the consumer keeps the
/// last good state (I6).
/// </summary>
/// <remarks>
/// Changes are found by looking at names, lengths and times every <see cref="PollIntervalMs"/>; file system events only
/// make that happen sooner, since they get lost on network and overlay file systems. Thread-safe.
/// </remarks>
public sealed class ManifestSource : IDisposable
{
    /// <summary>Time between two looks at the folder, in milliseconds.</summary>
    public const int PollIntervalMs = 2000;

    /// <summary>How long a changed folder must stay as it is before it is read: a file may be half written.</summary>
    public const int QuietTimeMs = 200;

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private FolderState? _read;
    private FolderState? _pending;
    private long _pendingSince;
    private string _digest = "";
    private ManifestLoad? _current;
    private ManifestLoad? _lastGood;
    private FileSystemWatcher? _watcher;
    private int _eventSeen;

    /// <summary>Makes a source; nothing is read yet.</summary>
    /// <param name="folderOrDash">A folder or a file, or "-" for standard input.</param>
    /// <param name="time">Clock and timers.</param>
    public ManifestSource(string folderOrDash, TimeProvider time)
    {
        ArgumentException.ThrowIfNullOrEmpty(folderOrDash);
        ArgumentNullException.ThrowIfNull(time);
        _path = folderOrDash;
        _time = time;
    }

    /// <summary>The last load, good or not; the first call reads.</summary>
    public ManifestLoad Current
    {
        get
        {
            lock (_lock)
            {
                return _current ?? ReadUnsynchronized();
            }
        }
    }

    /// <summary>The last load that had a state; null while there was none.</summary>
    public ManifestLoad? LastGood
    {
        get
        {
            lock (_lock)
            {
                return _lastGood;
            }
        }
    }

    private bool IsStandardInput => _path == ManifestReader.StandardInput;

    /// <summary>Looks at the folder now and reads it if it has changed and then been quiet.</summary>
    /// <param name="load">The new load where there is one.</param>
    /// <returns>What the caller should do next.</returns>
    public PollResult Poll(out ManifestLoad? load)
    {
        load = null;
        lock (_lock)
        {
            if (IsStandardInput || _current is null)
            {
                bool isFirst = _current is null;
                load = isFirst ? ReadUnsynchronized() : null;
                return isFirst ? PollResult.Changed : PollResult.Unchanged;
            }

            if (Interlocked.Exchange(ref _eventSeen, 0) != 0)
            {
                // A file may have been replaced by one of the same length and time.
                _read = null;
            }

            FolderState seen = FolderState.Of(_path);
            if (seen == _read)
            {
                _pending = null;
                return PollResult.Unchanged;
            }

            if (seen != _pending)
            {
                _pending = seen;
                _pendingSince = _time.GetTimestamp();
                return PollResult.Settling;
            }

            if (_time.GetElapsedTime(_pendingSince) < TimeSpan.FromMilliseconds(QuietTimeMs))
            {
                return PollResult.Settling;
            }

            return TryReadChanged(out load);
        }
    }

    /// <summary>Reads now, changed or not, quiet or not.</summary>
    public ManifestLoad Refresh()
    {
        lock (_lock)
        {
            return IsStandardInput && _current is not null ? _current : ReadUnsynchronized();
        }
    }

    /// <summary>
    /// Yields the current load, then each one that differs, and ends without an exception when cancelled, for standard
    /// input after the first.
    /// One consumer at a time.
    /// </summary>
    public async IAsyncEnumerable<ManifestLoad> WatchAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        yield return Current;
        if (IsStandardInput)
        {
            yield break;
        }

        Channel<bool> wakeUps = Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        StartWatcher(wakeUps.Writer);
        TimeSpan wait = TimeSpan.FromMilliseconds(PollIntervalMs);
        while (await WaitAsync(wakeUps.Reader, wait, cancellation).ConfigureAwait(false))
        {
            PollResult result = Poll(out ManifestLoad? load);
            wait = TimeSpan.FromMilliseconds(result == PollResult.Settling ? QuietTimeMs : PollIntervalMs);
            if (load is not null)
            {
                yield return load;
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _watcher?.Dispose();
            _watcher = null;
        }
    }

    /// <summary>Waits for an event or the time; false when cancelled.</summary>
    private async Task<bool> WaitAsync(ChannelReader<bool> wakeUps, TimeSpan wait, CancellationToken cancellation)
    {
        using CancellationTokenSource elapsed = new(wait, _time);
        using CancellationTokenSource either =
            CancellationTokenSource.CreateLinkedTokenSource(cancellation, elapsed.Token);
        try
        {
            await wakeUps.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Either it is time to look without an event, or the caller has enough; neither is an error.
        }

        return !cancellation.IsCancellationRequested;
    }

    private void StartWatcher(ChannelWriter<bool> wakeUps)
    {
        string folder = Directory.Exists(_path) ? _path : Path.GetDirectoryName(Path.GetFullPath(_path)) ?? "";
        if (!Directory.Exists(folder))
        {
            return;
        }

        try
        {
            FileSystemWatcher watcher = new(folder) { IncludeSubdirectories = Directory.Exists(_path) };
            watcher.Changed += (_, _) => Wake(wakeUps);
            watcher.Created += (_, _) => Wake(wakeUps);
            watcher.Deleted += (_, _) => Wake(wakeUps);
            watcher.Renamed += (_, _) => Wake(wakeUps);
            watcher.Error += (_, _) => Wake(wakeUps);
            watcher.EnableRaisingEvents = true;
            lock (_lock)
            {
                _watcher?.Dispose();
                _watcher = watcher;
            }
        }
        catch (IOException)
        {
            // No inotify instance is left: looking every PollIntervalMs is enough.
        }
    }

    private void Wake(ChannelWriter<bool> wakeUps)
    {
        Volatile.Write(ref _eventSeen, 1);
        wakeUps.TryWrite(true);
    }

    /// <summary>Reads a quiet folder; one that changes meanwhile has to become quiet again.</summary>
    private PollResult TryReadChanged(out ManifestLoad? load)
    {
        ManifestLoad read = ManifestReader.ReadFolder(_path, out string digest);
        FolderState after = FolderState.Of(_path);
        load = null;
        if (after != _pending)
        {
            _pending = after;
            _pendingSince = _time.GetTimestamp();
            return PollResult.Settling;
        }

        (_read, _pending) = (after, null);
        if (digest == _digest && _current!.Problems.SequenceEqual(read.Problems))
        {
            return PollResult.Unchanged;
        }

        load = Take(read, digest);
        return PollResult.Changed;
    }

    private ManifestLoad ReadUnsynchronized()
    {
        if (IsStandardInput)
        {
            return Take(ManifestReader.Read(_path), "");
        }

        // Seen before reading: a change while reading is found by the next look.
        _read = FolderState.Of(_path);
        _pending = null;
        return Take(ManifestReader.ReadFolder(_path, out string digest), digest);
    }

    private ManifestLoad Take(ManifestLoad read, string digest)
    {
        _digest = digest;
        _current = read;
        _lastGood = read.State is null ? _lastGood : read;
        return read;
    }
}
