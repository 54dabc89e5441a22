using System.Globalization;
using System.Text.Json.Nodes;

namespace NetPolNic.TestApiServer;

/// <summary>Everything that the server knows, under one lock.</summary>
internal sealed class ApiState : IDisposable
{
    private const string OpaquePrefix = "rv~";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly List<ResourceTable> _tables;
    private readonly CancellationTokenSource _stop = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ApiState(TestApiServerOptions options)
    {
        Options = options;
        _tables = [new ResourceTable(ResourceKind.Pods), new ResourceTable(ResourceKind.Namespaces)];
        if (options.HasV1Policies)
        {
            _tables.Add(new ResourceTable(ResourceKind.Policies));
        }

        if (options.HasV1Beta1Policies)
        {
            _tables.Add(new ResourceTable(ResourceKind.V1Beta1Policies));
        }
    }

    public TestApiServerOptions Options { get; }

    public long Version { get; private set; } = 1000;

    public List<RequestRecord> Requests { get; } = [];

    public List<JsonObject> PostedEvents { get; } = [];

    public List<ScriptedFault> Faults { get; } = [];

    public List<WatchSession> Watches { get; } = [];

    public Dictionary<string, int> StartedWatches { get; } = [];

    public string? RequiredToken { get; set; }

    public bool IsGoneAsStatus { get; set; }

    public bool SendsBookmarks { get; set; } = true;

    public CancellationToken Stopping => _stop.Token;

    public IReadOnlyList<ResourceKind> Kinds => [.. _tables.Select(table => table.Kind)];

    public T Locked<T>(Func<T> action)
    {
        lock (_lock)
        {
            T result = action();
            TaskCompletionSource changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            changed.TrySetResult();
            return result;
        }
    }

    public async Task WaitUntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource patience = new(s_patience);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (condition())
                {
                    return;
                }

                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(patience.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException("what was waited for did not happen within 30 s");
            }
        }
    }

    public ResourceTable Table(ResourceKind kind) => _tables.Find(table => table.Kind == kind)
        ?? throw new ArgumentException($"{kind.ApiVersion} {kind.Plural} are not served");

    public ResourceTable? FindTable(string apiVersion, string plural) =>
        _tables.Find(table => table.Kind.ApiVersion == apiVersion && table.Kind.Plural == plural);

    public long NextVersion() => ++Version;

    public string Format(long version) => Options.HasOpaqueVersions
        ? OpaquePrefix + version.ToString("x", CultureInfo.InvariantCulture)
        : version.ToString(CultureInfo.InvariantCulture);

    /// <summary>The version that a client handed back, or null where it is none of ours.</summary>
    public long? Parse(string text)
    {
        bool isRead = Options.HasOpaqueVersions && text.StartsWith(OpaquePrefix, StringComparison.Ordinal)
            ? long.TryParse(
                text.AsSpan(OpaquePrefix.Length), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out long version)
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out version);
        return isRead ? version : null;
    }

    /// <summary>Tells the running watches of the last change of a kind.</summary>
    public void Pulse(ResourceKind kind)
    {
        foreach (WatchSession session in Watches.Where(watch => watch.Kind == kind))
        {
            if (Table(kind).LastEvent is { } change)
            {
                session.Backlog.Add(change);
            }

            session.Pulse();
        }
    }

    public void Stop() => _stop.Cancel();

    public void Dispose() => _stop.Dispose();
}
