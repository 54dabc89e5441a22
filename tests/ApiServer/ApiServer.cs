using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace NetPolNic.TestApiServer;

/// <summary>
/// An API server for tests, on the loopback interface: lists and watches as a kube-apiserver speaks them, and fails by
/// script. Thread-safe.
/// </summary>
public sealed class ApiServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ApiState _state;

    private ApiServer(WebApplication app, ApiState state)
    {
        _app = app;
        _state = state;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features
            .GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
    }

    /// <summary>For example http://127.0.0.1:41234/.</summary>
    public Uri Address { get; }

    /// <summary>Every request so far, in order.</summary>
    public IReadOnlyList<RequestRecord> Requests => _state.Locked(() => _state.Requests.ToArray());

    /// <summary>Events (core/v1 or events.k8s.io/v1) that were posted, in order.</summary>
    public IReadOnlyList<JsonObject> PostedEvents => _state.Locked(() => _state.PostedEvents.ToArray());

    /// <summary>The only bearer token that is accepted; null accepts anything.</summary>
    public string? RequiredToken
    {
        get => _state.Locked(() => _state.RequiredToken);
        set => _state.Locked(() => _state.RequiredToken = value);
    }

    /// <summary>
    /// Whether a watch from a compacted version is refused with HTTP status 410; else it is accepted and ends with an ERROR
    /// event. A kube-apiserver does either.
    /// </summary>
    public bool IsGoneAsStatus
    {
        get => _state.Locked(() => _state.IsGoneAsStatus);
        set => _state.Locked(() => _state.IsGoneAsStatus = value);
    }

    /// <summary>Whether watches get bookmarks; a kube-apiserver without a watch cache sends none.</summary>
    public bool SendsBookmarks
    {
        get => _state.Locked(() => _state.SendsBookmarks);
        set => _state.Locked(() => _state.SendsBookmarks = value);
    }

    /// <summary>
    /// Called before each request is looked at, on the server's thread; it may change anything, and even wait.
    /// </summary>
    public Func<RequestRecord, Task>? BeforeRequest { get; set; }

    /// <summary>Starts a server on a free port of the loopback interface.</summary>
    public static async Task<ApiServer> StartAsync(TestApiServerOptions? options = null)
    {
        options ??= new TestApiServerOptions();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Slow and silent clients are the business of the tests.
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                if (options.Certificate is not null)
                {
                    listen.Protocols = HttpProtocols.Http1AndHttp2;
                    listen.UseHttps(options.Certificate);
                }
            });
        });
        WebApplication app = builder.Build();
        ApiState state = new(options);
        RequestHandler? handler = null;
        ApiServer? server = null;
        app.Run(context => handler!.HandleAsync(context, server!.BeforeRequest));
        handler = new RequestHandler(state);
        await app.StartAsync().ConfigureAwait(false);
        server = new ApiServer(app, state);
        return server;
    }

    /// <summary>Adds or changes an object; returns its resource version.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="json">The object as JSON; apiVersion, kind, uid and times may be missing.</param>
    public string Put(ResourceKind kind, string json) =>
        Put(kind, JsonNode.Parse(json) as JsonObject ?? throw new ArgumentException("not an object", nameof(json)));

    /// <inheritdoc cref="Put(ResourceKind, string)"/>
    public string Put(ResourceKind kind, JsonObject json) => _state.Locked(() =>
    {
        long version = _state.NextVersion();
        _state.Table(kind).Put(json, version, _state.Format(version));
        _state.Pulse(kind);
        return _state.Format(version);
    });

    /// <summary>Removes an object; returns whether there was one.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="key">"namespace/name", or the name.</param>
    public bool Remove(ResourceKind kind, string key) => _state.Locked(() =>
    {
        long version = _state.NextVersion();
        bool isRemoved = _state.Table(kind).Remove(key, version, _state.Format(version));
        _state.Pulse(kind);
        return isRemoved;
    });

    /// <summary>Loads objects as they are, as if they had been there for long.</summary>
    /// <param name="kind">Their kind.</param>
    /// <param name="objects">Key and UTF-8 JSON without apiVersion and kind, metadata complete.</param>
    public void Load(ResourceKind kind, IEnumerable<(string Key, byte[] Json)> objects) => _state.Locked(() =>
    {
        long version = _state.NextVersion();
        _state.Table(kind).Load(objects.Select(item => new StoredObject(item.Key, version, item.Json)), version);
        return 0;
    });

    /// <summary>All objects of a kind: whole, in the order of their keys.</summary>
    public IReadOnlyList<string> Objects(ResourceKind kind) => _state.Locked(() =>
    {
        ResourceTable table = _state.Table(kind);
        return table.Objects.Select(item => System.Text.Encoding.UTF8.GetString(table.Whole(item))).ToArray();
    });

    /// <summary>The version of the last change, as it stands in objects.</summary>
    public string CurrentVersion => _state.Locked(() => _state.Format(_state.Version));

    /// <summary>Moves the version on without a change, as other kinds of object do.</summary>
    public void Skip() => _state.Locked(() => _state.NextVersion());

    /// <summary>Forgets the history and the continue tokens of a kind; running watches go on.</summary>
    public void Compact(ResourceKind kind) => _state.Locked(() =>
    {
        _state.Table(kind).Compact(_state.NextVersion());
        return 0;
    });

    /// <summary>Fails the next requests.</summary>
    /// <param name="kind">Kind that they are about; null for any, discovery included.</param>
    /// <param name="verb">"list", "watch", "discover", "create", ... or "*".</param>
    /// <param name="fault">How.</param>
    /// <param name="times">How often; <see cref="int.MaxValue"/> until <see cref="ClearFaults"/>.</param>
    public void Fail(ResourceKind? kind, string verb, Fault fault, int times = 1) => _state.Locked(() =>
    {
        _state.Faults.Add(new ScriptedFault(kind?.Plural, verb, fault, times));
        return 0;
    });

    public void ClearFaults() => _state.Locked(() =>
    {
        _state.Faults.Clear();
        return 0;
    });

    /// <summary>Ends the running watches of a kind; returns how many there were.</summary>
    public int EndWatches(ResourceKind kind, WatchEnd end) => _state.Locked(() =>
    {
        WatchSession[] sessions = [.. _state.Watches.Where(watch => watch.Plural == kind.Plural && watch.End is (null or WatchEnd.Silent))];
        Array.ForEach(sessions, session => session.EndBy(end));
        return sessions.Length;
    });

    /// <summary>Sends a bookmark on the running watches of a kind now.</summary>
    public void SendBookmark(ResourceKind kind) => _state.Locked(() =>
    {
        foreach (WatchSession session in _state.Watches.Where(watch => watch.Plural == kind.Plural))
        {
            session.BookmarksDue++;
            session.Pulse();
        }

        return 0;
    });

    /// <summary>Watches of a kind that run and have not been told to end.</summary>
    public int ActiveWatches(ResourceKind kind) =>
        _state.Locked(() => _state.Watches.Count(watch => watch.Plural == kind.Plural && watch.End is null));

    /// <summary>Watches of a kind that were accepted since the start.</summary>
    public int StartedWatches(ResourceKind kind) =>
        _state.Locked(() => _state.StartedWatches.GetValueOrDefault(kind.Plural));

    /// <summary>Waits until so many watches of a kind have been accepted since the start.</summary>
    /// <exception cref="TimeoutException">It took longer than 30 s.</exception>
    public Task WaitForWatchAsync(ResourceKind kind, int started = 1) =>
        _state.WaitUntilAsync(() => _state.StartedWatches.GetValueOrDefault(kind.Plural) >= started);

    /// <summary>Waits until so many requests of a kind and verb have come.</summary>
    /// <exception cref="TimeoutException">It took longer than 30 s.</exception>
    public Task WaitForRequestsAsync(ResourceKind kind, string verb, int count) =>
        _state.WaitUntilAsync(() => CountUnsynchronized(kind, verb) >= count);

    /// <summary>Requests of a kind and verb so far.</summary>
    public int CountRequests(ResourceKind kind, string verb) => _state.Locked(() => CountUnsynchronized(kind, verb));

    /// <summary>A kubeconfig that leads here.</summary>
    /// <param name="token">Bearer token; null where any will do.</param>
    /// <param name="caPem">PEM of the CA; null accepts no certificate but plain HTTP.</param>
    public string Kubeconfig(string? token = null, string? caPem = null)
    {
        JsonObject cluster = new() { ["server"] = Address.ToString().TrimEnd('/') };
        if (caPem is not null)
        {
            cluster["certificate-authority-data"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(caPem));
        }

        JsonObject user = new() { ["token"] = token ?? "any" };
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Config",
            ["current-context"] = "test",
            ["clusters"] = new JsonArray(new JsonObject { ["name"] = "test", ["cluster"] = cluster }),
            ["users"] = new JsonArray(new JsonObject { ["name"] = "test", ["user"] = user }),
            ["contexts"] = new JsonArray(new JsonObject
            {
                ["name"] = "test",
                ["context"] = new JsonObject { ["cluster"] = "test", ["user"] = "test" },
            }),
        }.ToJsonString(s_indented);
    }

    public async ValueTask DisposeAsync()
    {
        _state.Stop();
        using CancellationTokenSource soon = new(TimeSpan.FromSeconds(2));
        await _app.StopAsync(soon.Token).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        _state.Dispose();
    }

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    private int CountUnsynchronized(ResourceKind kind, string verb) =>
        _state.Requests.Count(request => request.Plural == kind.Plural && request.Verb == verb);
}
