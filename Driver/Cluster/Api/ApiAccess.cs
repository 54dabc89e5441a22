using System.Net;
using k8s;
using k8s.Exceptions;
using NetPolNic.Cluster.Sources;

namespace NetPolNic.Cluster.Api;

/// <summary>
/// The way to the API server: KubernetesClient's configuration, TLS, authentication and HTTP pipeline, without its object
/// graphs. The configuration can be read again while requests run. Thread-safe.
/// </summary>
internal sealed class ApiAccess : IDisposable
{
    private static readonly TimeSpan s_pingDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pingTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(15);

    private readonly KubernetesSourceOptions _options;
    private readonly Lock _lock = new();
    private ApiSession _session;

    /// <exception cref="ClusterConfigurationException">The configuration cannot be used.</exception>
    public ApiAccess(KubernetesSourceOptions options)
    {
        _options = options;
        _session = Open();
        Address = _session.Client.BaseUri;
    }

    /// <summary>Where the server is.</summary>
    public Uri Address { get; }

    /// <summary>"the service account" or "the user of the kubeconfig": who it is that may or may not do something.</summary>
    public string Who => _options.Kubeconfig is null ? "the service account" : "the user of the kubeconfig";

    public IKubernetes Client
    {
        get
        {
            lock (_lock)
            {
                return _session.Client;
            }
        }
    }

    /// <summary>The session to make requests with; given back with <see cref="Leave"/>.</summary>
    public ApiSession Enter()
    {
        lock (_lock)
        {
            return _session.Enter();
        }
    }

    public void Leave(ApiSession session)
    {
        lock (_lock)
        {
            session.Leave();
        }
    }

    /// <summary>Reads the configuration again, unless somebody else has done so since.</summary>
    /// <param name="refused">The session whose credentials were refused.</param>
    /// <returns>Whether there is a new session.</returns>
    /// <exception cref="ClusterConfigurationException">The configuration cannot be used; the old one stays.</exception>
    public bool Reload(ApiSession refused)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(refused, _session))
            {
                return false;
            }

            ApiSession opened = Open();
            _session.Retire();
            _session = opened;
            return true;
        }
    }

    /// <summary>Sends a GET and returns the answer as soon as its head has come, whatever its status.</summary>
    /// <exception cref="HttpRequestException">The server cannot be reached.</exception>
    public static async Task<HttpResponseMessage> GetAsync(
        ApiSession session, string relativeUri, CancellationToken cancellation)
    {
        Kubernetes client = session.Client;
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(client.BaseUri, relativeUri));
        request.Version = session.UsesHttp2 ? HttpVersion.Version20 : HttpVersion.Version11;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
        request.Headers.Accept.ParseAdd("application/json");
        if (session.TlsServerName is not null)
        {
            request.Headers.Host = session.TlsServerName;
        }

        if (client.Credentials is not null)
        {
            await client.Credentials.ProcessHttpRequestAsync(request, cancellation).ConfigureAwait(false);
        }

        return await client.HttpClient
            .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
    }

    /// <summary>The first line of a message: the client puts stack traces behind it when an exec plugin fails.</summary>
    public static string FirstLine(string message) => message.AsSpan().Trim().EnumerateLines() is var lines && lines.MoveNext()
        ? lines.Current.ToString()
        : message;

    /// <summary>No request may run any more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _session.Retire();
        }
    }

    private ApiSession Open()
    {
        try
        {
            KubernetesClientConfiguration configuration = _options.Kubeconfig is null
                ? KubernetesClientConfiguration.InClusterConfig()
                : KubeconfigFile.Read(_options.Kubeconfig, _options.Context);
            configuration.UserAgent = "netpolnic";
            configuration.FirstMessageHandlerSetup = Configure;
            string? serverName = string.IsNullOrWhiteSpace(configuration.TlsServerName) ? null : configuration.TlsServerName;
            return new ApiSession(new Kubernetes(configuration), !configuration.DisableHttp2, serverName);
        }
        catch (Exception e) when (e is KubeConfigException or IOException or UnauthorizedAccessException or
            ArgumentException or FormatException or YamlDotNet.Core.YamlException or
            System.Security.Cryptography.CryptographicException or
            InvalidOperationException or NullReferenceException)
        {
            // The client's parser ends in a null reference on a file that is empty or lacks whole sections.
            string from = _options.Kubeconfig is null ? "in-cluster configuration" : $"kubeconfig {_options.Kubeconfig}";
            throw new ClusterConfigurationException($"{from}: {FirstLine(e.Message)}", e);
        }
    }

    private void Configure(SocketsHttpHandler handler)
    {
        handler.AutomaticDecompression = _options.AcceptGzip ? DecompressionMethods.GZip : DecompressionMethods.None;
        handler.ConnectTimeout = s_connectTimeout;
        handler.KeepAlivePingDelay = s_pingDelay;
        handler.KeepAlivePingTimeout = s_pingTimeout;
    }
}
