using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NetPolNic.Cluster.Api;
using NetPolNic.Cluster.Sources;
using NetPolNic.Cluster.Tests.Support;
using NetPolNic.TestApiServer;
using static NetPolNic.Cluster.Tests.Support.ClusterObjects;

namespace NetPolNic.Cluster.Tests.Kubernetes;

/// <summary>Configuration, TLS and waits.</summary>
public sealed class ConnectionTests
{
    [Fact]
    public async Task Https_is_spoken_under_the_configured_authority()
    {
        using X509Certificate2 certificate = MakeCertificate();
        await using ApiServer server = await ApiServer.StartAsync(new TestApiServerOptions { Certificate = certificate });
        server.Put(ResourceKind.Pods, PodJson("a"));
        using TempFolder folder = new();
        string path = folder.Write("config", server.Kubeconfig("t", certificate.ExportCertificatePem()));
        using KubernetesSource source = KubernetesSource.Connect(
            FollowedCluster.Quick(path), TimeProvider.System, new LogRecorder());
        using ClusterFeed feed = new(TimeProvider.System);
        using CancellationTokenSource stop = new();
        Task running = source.RunAsync(feed, stop.Token);

        Assert.True(await feed.WaitAsync(TimeSpan.FromSeconds(60), CancellationToken.None));

        Assert.Single(feed.Take()!.Changes.Pods);
        Assert.All(server.Requests, request => Assert.Equal(("HTTP/2", "t"), (request.Protocol, request.Token)));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task An_unknown_authority_is_refused_and_named()
    {
        using X509Certificate2 certificate = MakeCertificate();
        using X509Certificate2 other = MakeCertificate();
        await using ApiServer server = await ApiServer.StartAsync(new TestApiServerOptions { Certificate = certificate });
        using TempFolder folder = new();
        string path = folder.Write("config", server.Kubeconfig("t", other.ExportCertificatePem()));
        using KubernetesSource source = KubernetesSource.Connect(
            FollowedCluster.Quick(path), TimeProvider.System, new LogRecorder());
        using ClusterFeed feed = new(TimeProvider.System);
        using CancellationTokenSource stop = new();
        Task running = source.RunAsync(feed, stop.Token);

        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        while (source.Health[0].Failures < 2)
        {
            await Task.Delay(5, patience.Token);
        }

        Assert.Contains("certificate", source.Health[0].LastError, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
        await stop.CancelAsync();
        await running;
    }

    [Theory]
    [InlineData("tokenFile", "first")]
    [InlineData("nobody", null)]
    public async Task Users_of_a_kubeconfig_may_have_a_token_file_or_no_credentials(string kind, string? token)
    {
        await using ApiServer server = await ApiServer.StartAsync();
        using TempFolder folder = new();
        folder.Write("token", "first\n");
        string user = kind == "tokenFile" ? """{ "tokenFile": "token" }""" : "{}";
        string path = folder.Write("config", KubeconfigOf(server, user));
        using KubernetesSource source = KubernetesSource.Connect(
            FollowedCluster.Quick(path), TimeProvider.System, new LogRecorder());
        using ClusterFeed feed = new(TimeProvider.System);
        using CancellationTokenSource stop = new();
        Task running = source.RunAsync(feed, stop.Token);

        Assert.True(await feed.WaitAsync(TimeSpan.FromSeconds(60), CancellationToken.None));

        Assert.NotEmpty(server.Requests);
        Assert.All(server.Requests, request => Assert.Equal(token ?? "", request.Token ?? ""));
        await stop.CancelAsync();
        await running;
    }

    [Theory]
    [InlineData("""{ "tokenFile": "no-such-token" }""", "no-such-token")]
    [InlineData("""{ "exec": { "apiVersion": "client.authentication.k8s.io/v1", "command": "false", "interactiveMode": "Never" } }""", "exec")]
    [InlineData("""{ "exec": { "apiVersion": "client.authentication.k8s.io/v1", "command": "/no/such", "interactiveMode": "Never" } }""", "/no/such")]
    [InlineData("""{ "client-certificate": "no.crt", "client-key": "no.key" }""", "no.key")]
    public async Task Credentials_that_cannot_be_had_are_said_in_one_line(string user, string named)
    {
        await using ApiServer server = await ApiServer.StartAsync();
        using TempFolder folder = new();
        string path = folder.Write("config", KubeconfigOf(server, user));

        ClusterConfigurationException e = Assert.Throws<ClusterConfigurationException>(() => KubernetesSource.Connect(
            new KubernetesSourceOptions { Kubeconfig = path }, TimeProvider.System, new LogRecorder()));

        Assert.Contains(named, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("}{")]
    [InlineData("apiVersion: v1\nkind: Config\n")]
    [InlineData("apiVersion: v1\nkind: Config\ncurrent-context: x\n")]
    public void A_kubeconfig_that_cannot_be_used_is_said_at_once(string text)
    {
        using TempFolder folder = new();
        string path = folder.Write("config", text);

        ClusterConfigurationException e = Assert.Throws<ClusterConfigurationException>(() => KubernetesSource.Connect(
            new KubernetesSourceOptions { Kubeconfig = path }, TimeProvider.System, new LogRecorder()));

        Assert.Contains(path, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_and_contexts_that_cannot_be_are_said_at_once()
    {
        KubernetesSourceOptions options = new() { Kubeconfig = "/no/such/file", PageSize = 0, BackoffMaxMs = 1 };
        Assert.Throws<ClusterConfigurationException>(() => KubernetesSource.Connect(
            options, TimeProvider.System, new LogRecorder()));
        Assert.Equal(2, options.Validate().Count);
        Assert.Throws<ClusterConfigurationException>(() => KubernetesSource.Connect(
            new KubernetesSourceOptions { Kubeconfig = "/no/such/file" }, TimeProvider.System, new LogRecorder()));
        Assert.Throws<ClusterConfigurationException>(() => KubernetesSource.Connect(
            new KubernetesSourceOptions(), TimeProvider.System, new LogRecorder()));
    }

    [Fact]
    public void Waits_double_to_their_maximum_and_start_again()
    {
        WatchBackoff backoff = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1), () => 0.5);

        double[] waits = [.. Enumerable.Range(0, 5).Select(_ => backoff.Next().TotalMilliseconds)];
        backoff.Reset();

        Assert.Equal([200, 400, 800, 1000, 1000], waits);
        Assert.Equal(200, backoff.Next().TotalMilliseconds);
    }

    [Fact]
    public void Waits_are_spread()
    {
        double random = 0;
        WatchBackoff backoff = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1), () => random);
        Assert.Equal(100, backoff.Next().TotalMilliseconds);
        random = 1;
        Assert.Equal(600, backoff.Next().TotalMilliseconds);
    }

    private static string KubeconfigOf(ApiServer server, string user) => $$"""
        apiVersion: v1
        kind: Config
        current-context: c
        clusters: [{ name: c, cluster: { server: "{{server.Address}}" } }]
        contexts: [{ name: c, context: { cluster: c, user: u } }]
        users: [{ name: u, user: {{user}} }]
        """;

    private static X509Certificate2 MakeCertificate()
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new("CN=kube-apiserver", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }
}
