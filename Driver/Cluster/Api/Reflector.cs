using System.Globalization;
using System.Security.Authentication;
using System.Text.Json;
using k8s.Exceptions;
using Microsoft.Extensions.Logging;
using NetPolNic.Cluster.Sources;
using NetPolNic.Cluster.Store;
using NetPolNic.Cluster.Wire;

namespace NetPolNic.Cluster.Api;

/// <summary>
/// Keeps a store equal to what the API server has of one kind: list, watch, list again where the watch cannot go on. It
/// ends only when cancelled. What was written last stays whatever happens (I5).
/// </summary>
internal sealed partial class Reflector
{
    private readonly ApiAccess _access;
    private readonly KubernetesSourceOptions _options;
    private readonly Func<ApiSession, CancellationToken, Task<ResourcePlace>> _locate;
    private readonly KindStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ReflectorState _state;
    private readonly WatchBackoff _backoff;
    private readonly string _kind;
    private readonly Func<double> _random;

    private ResourcePlace? _place;
    private string? _resourceVersion;
    private string? _brokenAt;
    private bool _listsAtOnce;
    private long _heardAt;

    /// <param name="kind">For people: "pods".</param>
    /// <param name="access">The way to the server.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="locate">Finds out where the kind is; called first, and again where it is not there any more.</param>
    /// <param name="store">Receives the objects.</param>
    /// <param name="time">Clock and timers.</param>
    /// <param name="logger">Receives what goes wrong.</param>
    /// <param name="random">0 to 1, for spreading.</param>
    public Reflector(
        string kind,
        ApiAccess access,
        KubernetesSourceOptions options,
        Func<ApiSession, CancellationToken, Task<ResourcePlace>> locate,
        KindStore store,
        TimeProvider time,
        ILogger logger,
        Func<double> random)
    {
        (_kind, _access, _options, _locate, _store, _time, _logger, _random) =
            (kind, access, options, locate, store, time, logger, random);
        _state = new ReflectorState(kind, () => store.Count, time);
        _backoff = new WatchBackoff(
            TimeSpan.FromMilliseconds(options.BackoffMinMs), TimeSpan.FromMilliseconds(options.BackoffMaxMs), random);
    }

    public ReflectorHealth Health => _state.Health;

    /// <summary>Follows the kind until cancelled.</summary>
    /// <param name="feed">Receives the changes.</param>
    /// <param name="onListed">Called after each complete list, when its changes are in the feed.</param>
    /// <param name="cancellation">Ends it, without an exception.</param>
    public async Task RunAsync(ClusterFeed feed, Action onListed, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            ApiSession session = _access.Enter();
            try
            {
                await FollowAsync(session, feed, onListed, cancellation).ConfigureAwait(false);
            }
            catch (Exception) when (cancellation.IsCancellationRequested)
            {
                // Whatever broke, it is over.
            }
            catch (Exception e)
            {
                TimeSpan wait = Account(e, session);
                await WaitAsync(wait, cancellation).ConfigureAwait(false);
            }
            finally
            {
                _access.Leave(session);
            }
        }

        _state.Enter(ReflectorPhase.Ended);
    }

    /// <summary>Lists if need be and watches, until something fails.</summary>
    private async Task FollowAsync(
        ApiSession session, ClusterFeed feed, Action onListed, CancellationToken cancellation)
    {
        if (_place is null)
        {
            _state.Enter(ReflectorPhase.Listing);
            _place = await BoundAsync("discovery", token => _locate(session, token), cancellation).ConfigureAwait(false);
        }

        while (true)
        {
            if (_resourceVersion is null)
            {
                _state.Enter(ReflectorPhase.Listing);
                _resourceVersion = await ListAsync(session, cancellation).ConfigureAwait(false);
                _store.CompleteList(feed);
                _listsAtOnce = false;
                _state.Listed(_resourceVersion);
                LogListed(_logger, _kind, _store.Count, _resourceVersion);
                onListed();
            }

            await WatchAsync(session, feed, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<string> ListAsync(ApiSession session, CancellationToken cancellation)
    {
        _store.BeginList();
        string next = "";
        while (true)
        {
            string limit = _listsAtOnce ? "" : string.Create(CultureInfo.InvariantCulture, $"?limit={_options.PageSize}");
            string token = next.Length == 0 ? "" : $"&continue={Uri.EscapeDataString(next)}";
            ListMetadata metadata = await ListPageAsync(session, _place!.Path + limit + token, cancellation)
                .ConfigureAwait(false);
            if (metadata.Continue.Length == 0)
            {
                return metadata.ResourceVersion;
            }

            if (metadata.Continue == next)
            {
                throw new ApiException(FailureKind.Expired, $"list {_kind}: the server does not get beyond a page");
            }

            next = metadata.Continue;
        }
    }

    private async Task<ListMetadata> ListPageAsync(ApiSession session, string uri, CancellationToken cancellation)
    {
        using Watchdog watchdog = new(TimeSpan.FromMilliseconds(_options.RequestSilenceMs), _time, cancellation);
        try
        {
            using HttpResponseMessage response = await GetAsync(session, uri, "list", watchdog.Token).ConfigureAwait(false);
            Stream body = await response.Content.ReadAsStreamAsync(watchdog.Token).ConfigureAwait(false);
            using JsonInput input = new(body, () => Heard(watchdog));
            return await ListEnvelope.ReadAsync(input, _store.AddListed, watchdog.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (watchdog.HasBitten && e is not ApiException)
        {
            throw Silent("list", _options.RequestSilenceMs, e);
        }
    }

    /// <summary>Runs one watch to the end that the server gives it.</summary>
    private async Task WatchAsync(ApiSession session, ClusterFeed feed, CancellationToken cancellation)
    {
        int seconds = (int)(_options.WatchTimeoutSeconds * (1 + _random()));
        string uri = string.Create(
            CultureInfo.InvariantCulture,
            $"{_place!.Path}?watch=true&allowWatchBookmarks=true&timeoutSeconds={seconds}&resourceVersion={Uri.EscapeDataString(_resourceVersion!)}");
        long started = _time.GetTimestamp();
        _heardAt = started;
        long before = _state.Health.Events;
        using Watchdog watchdog = new(TimeSpan.FromMilliseconds(_options.WatchSilenceMs), _time, cancellation);
        try
        {
            using HttpResponseMessage response = await GetAsync(session, uri, "watch", watchdog.Token).ConfigureAwait(false);
            Heard(watchdog);
            _state.Watching();
            Stream body = await response.Content.ReadAsStreamAsync(watchdog.Token).ConfigureAwait(false);
            using JsonInput input = new(body, () => Heard(watchdog));
            await ReadEventsAsync(input, feed, watchdog.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (watchdog.HasBitten && e is not ApiException)
        {
            throw Silent("watch", _options.WatchSilenceMs, e);
        }
        finally
        {
            if (_time.GetElapsedTime(started, _heardAt) >= TimeSpan.FromMilliseconds(_options.HealthyAfterMs))
            {
                _backoff.Reset();
            }
        }

        // A server that ends each watch at once must not be asked again at once.
        bool isFutile = _time.GetElapsedTime(started) < TimeSpan.FromSeconds(1) && _state.Health.Events == before;
        if (isFutile)
        {
            throw new ApiException(FailureKind.Retry, $"watch {_kind}: the server ended it at once");
        }
    }

    private async Task ReadEventsAsync(JsonInput input, ClusterFeed feed, CancellationToken cancellation)
    {
        while (await input.ReadValueAsync(cancellation).ConfigureAwait(false))
        {
            try
            {
                do
                {
                    Take(WatchFrame.Read(input.Value));
                }
                while (input.HasWholeValue() && await input.ReadValueAsync(cancellation).ConfigureAwait(false));
            }
            finally
            {
                // What was understood before the stream broke is in the store, and so has to be in the feed.
                _store.Flush(feed, _heardAt);
            }
        }
    }

    private void Take(WatchFrame frame)
    {
        string? version = frame.Type switch
        {
            WatchEventType.Added or WatchEventType.Modified => _store.Put(frame.Json),
            WatchEventType.Deleted => _store.Remove(frame.Json),
            WatchEventType.Bookmark => VersionOf(frame.Json),
            WatchEventType.Error => throw ApiRequests.FailureOf(frame.Json, _access.Who, Action("watch")),
            _ => null,
        };
        if (!string.IsNullOrEmpty(version))
        {
            _resourceVersion = version;
            _state.Moved(version, frame.Type != WatchEventType.Bookmark);
        }
    }

    private static string? VersionOf(ReadOnlySpan<byte> json)
    {
        string? version = null;
        Utf8JsonReader reader = JsonFields.Open(json);
        while (JsonFields.Next(ref reader))
        {
            if (reader.ValueTextEquals("metadata"u8))
            {
                version = ObjectMetadata.Read(ref reader, new SharedValues()).ResourceVersion;
            }
            else
            {
                JsonFields.SkipValue(ref reader);
            }
        }

        return version;
    }

    /// <summary>Notes a failure, does what it calls for, and says how long to wait.</summary>
    private TimeSpan Account(Exception failure, ApiSession session)
    {
        ApiException? refused = failure as ApiException;
        string text = Describe(failure);

        // What cannot be read may be a broken stream once; twice at the same place it is what the server has there.
        bool isStuck = failure is JsonException && _resourceVersion is not null && _brokenAt == _resourceVersion;
        _brokenAt = failure is JsonException ? _resourceVersion : null;
        bool isExpired = refused?.Kind == FailureKind.Expired || isStuck;
        if (isExpired)
        {
            // A list that expired between its pages is asked for in one piece: the token that the server offers instead
            // would leave out what changed on the pages before.
            _listsAtOnce = _resourceVersion is null;
            _resourceVersion = null;
            _state.Lost();
        }

        if (refused?.Kind == FailureKind.NotFound)
        {
            _place = null;
            _resourceVersion = null;
            _state.Lost();
        }

        if (refused?.Kind == FailureKind.Unauthorized || HasBadCertificate(failure))
        {
            text += Reload(session);
        }

        TimeSpan wait = _backoff.Next();
        wait = refused?.RetryAfter is { } asked && asked > wait ? asked : wait;
        bool isSame = _state.Failed(text);
        if (failure is not (ApiException or HttpRequestException or IOException or JsonException or OperationCanceledException or
            KubeConfigException))
        {
            LogUnexpected(_logger, _kind, failure);
        }
        else if (isSame)
        {
            LogFailedAgain(_logger, _kind, text, wait.TotalSeconds);
        }
        else if (isExpired)
        {
            LogExpired(_logger, _kind, text, wait.TotalSeconds);
        }
        else
        {
            LogFailed(_logger, _kind, text, wait.TotalSeconds);
        }

        return wait;
    }

    private string Reload(ApiSession session)
    {
        try
        {
            if (_access.Reload(session))
            {
                LogReloaded(_logger, _kind);
            }

            return "";
        }
        catch (ClusterConfigurationException e)
        {
            return $"; they cannot be read again: {e.Message}";
        }
    }

    private string Describe(Exception failure) => failure switch
    {
        ApiException => failure.Message,
        JsonException => $"{_kind}: the server's answer is not understood: {failure.Message}",
        KubeConfigException => $"{_kind}: no credentials: {ApiAccess.FirstLine(failure.Message)}",
        _ => $"{_kind}: the connection to {_access.Address} failed: {Innermost(failure).Message}",
    };

    private static Exception Innermost(Exception failure) =>
        failure.InnerException is { } inner ? Innermost(inner) : failure;

    private static bool HasBadCertificate(Exception failure) =>
        failure is AuthenticationException || (failure.InnerException is { } inner && HasBadCertificate(inner));

    private async Task WaitAsync(TimeSpan wait, CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(wait, _time, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The loop looks at the token.
        }
    }

    private async Task<T> BoundAsync<T>(
        string action, Func<CancellationToken, Task<T>> request, CancellationToken cancellation)
    {
        using Watchdog watchdog = new(TimeSpan.FromMilliseconds(_options.RequestSilenceMs), _time, cancellation);
        try
        {
            return await request(watchdog.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (watchdog.HasBitten)
        {
            throw Silent(action, _options.RequestSilenceMs, e);
        }
    }

    private Task<HttpResponseMessage> GetAsync(
        ApiSession session, string uri, string verb, CancellationToken cancellation) =>
        ApiRequests.GetAsync(_access, session, uri, Action(verb), _time, cancellation);

    private string Action(string verb) => $"{verb} {_place?.RbacName ?? _kind}";

    private void Heard(Watchdog watchdog)
    {
        watchdog.Feed();
        _heardAt = _time.GetTimestamp();
        _state.Contact();
    }

    private ApiException Silent(string verb, int silenceMs, Exception inner) => new(
        FailureKind.Retry,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{verb} {_kind}: nothing came from {_access.Address} for {silenceMs / 1000.0:0.###} s; the connection is replaced"),
        inner: inner);
}
