using System.Text.RegularExpressions;
using k8s.Models;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NetPolNic.Cluster.Sources;
using NetPolNic.Deploy.Tests.Support;
using NetPolNic.TestApiServer;

namespace NetPolNic.Deploy.Tests;

public sealed partial class RbacTests
{
    [Fact]
    public async Task Role_allows_exactly_what_following_a_cluster_asks_for_and_to_post_events()
    {
        Rendered rendered = await Rendered.OfAsync("mlx5");
        SortedSet<string> allowed = new(StringComparer.Ordinal);
        foreach (V1PolicyRule rule in rendered.One<V1ClusterRole>().Rules)
        {
            Assert.Null(rule.NonResourceURLs);
            allowed.UnionWith(
                from api in rule.ApiGroups
                from resource in rule.Resources
                from verb in rule.Verbs
                select $"{verb} {resource}.{api}");
        }

        SortedSet<string> wanted = new(await AskedByTheSourceAsync(), StringComparer.Ordinal) { "create events." };
        Assert.Equal(wanted, allowed);
    }

    [Fact]
    public void Agent_calls_nothing_else_of_the_api()
    {
        // KubernetesClient's methods: client.CoreV1.CreateNamespacedEventAsync(…).
        string[] calls =
        [
            .. Directory.EnumerateFiles(Repo.At("Driver"), "*.cs", SearchOption.AllDirectories)
                .SelectMany(file => ClientCall().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)),
        ];
        Assert.All(calls, call => Assert.Equal("CreateNamespacedEvent", call));
    }

    private static async Task<IEnumerable<string>> AskedByTheSourceAsync()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        using TempFolder folder = new();
        string kubeconfig = Path.Combine(folder.Path, "kubeconfig");
        await File.WriteAllTextAsync(kubeconfig, server.Kubeconfig("token"));
        using CancellationTokenSource end = new();
        using KubernetesSource source = KubernetesSource.Connect(
            new KubernetesSourceOptions { Kubeconfig = kubeconfig }, TimeProvider.System, NullLogger.Instance);
        await using ServiceProvider services = new ServiceCollection().AddSingleton(TimeProvider.System).BuildServiceProvider();
        using ClusterFeed feed = ActivatorUtilities.CreateInstance<ClusterFeed>(services);
        Task running = source.RunAsync(feed, end.Token);
        foreach (ResourceKind kind in new[] { ResourceKind.Pods, ResourceKind.Namespaces, ResourceKind.Policies })
        {
            await server.WaitForWatchAsync(kind);
        }

        await end.CancelAsync();
        await running.ContinueWith(_ => { }, TaskScheduler.Default);

        // Discovery is every authenticated account's right (ClusterRole system:discovery).
        return server.Requests
            .Where(request => request.Verb != "discover")
            .Select(request => $"{request.Verb} {request.Plural}.{GroupOf(request.Path)}");
    }

    private static string GroupOf(string path) => path.Split('/') is ["", "apis", var group, ..] ? group : "";

    [GeneratedRegex(@"\.(?:CoreV1|NetworkingV1|EventsV1|AppsV1|CustomObjects)\s*\.(\w+?)(?:WithHttpMessages)?Async\b")]
    private static partial Regex ClientCall();
}
