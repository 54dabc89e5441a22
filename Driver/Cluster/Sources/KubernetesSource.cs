using System.Collections.Immutable;
using k8s;
using Microsoft.Extensions.Logging;
using NetPolNic.Cluster.Api;
using NetPolNic.Cluster.Store;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Sources;

/// <summary>
/// Follows the pods, namespaces and network policies of a cluster through its API server: networking.k8s.io/v1, or
/// extensions/v1beta1 where the server has only that. <see cref="RunAsync"/> runs once.
/// </summary>
public sealed partial class KubernetesSource : IClusterSource, IDisposable
{
    private readonly ApiAccess _access;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PolicyStore _policies;
    private readonly ImmutableArray<Reflector> _reflectors;

    private KubernetesSource(
        ApiAccess access, KubernetesSourceOptions options, TimeProvider time, ILogger logger, Func<double> random)
    {
        (_access, _time, _logger) = (access, time, logger);
        _policies = new PolicyStore(ReportFault);
        Pods = new PodStore();
        _reflectors =
        [
            Make("pods", At(ResourcePlace.Pods), Pods),
            Make("namespaces", At(ResourcePlace.Namespaces), new NamespaceStore()),
            Make("networkpolicies", LocatePoliciesAsync, _policies),
        ];

        Reflector Make(string kind, Func<ApiSession, CancellationToken, Task<ResourcePlace>> locate, KindStore store) =>
            new(kind, access, options, locate, store, time, logger, random);

        static Func<ApiSession, CancellationToken, Task<ResourcePlace>> At(ResourcePlace place) =>
            (_, _) => Task.FromResult(place);
    }

    /// <inheritdoc/>
    public string Name => _access.Address.ToString().TrimEnd('/');

    /// <inheritdoc/>
    public ImmutableArray<ReflectorHealth> Health => [.. _reflectors.Select(reflector => reflector.Health)];

    /// <summary>
    /// The client for other requests, such as posting Events. Take it anew for each: it is replaced when credentials are read
    /// again. Any thread; not to be disposed.
    /// </summary>
    public IKubernetes Client => _access.Client;

    /// <summary>For tests: what is kept of the pods.</summary>
    internal PodStore Pods { get; }

    /// <summary>Reads the configuration; no request is made before <see cref="RunAsync"/>.</summary>
    /// <exception cref="ClusterConfigurationException">The configuration is missing or cannot be used.</exception>
    public static KubernetesSource Connect(KubernetesSourceOptions options, TimeProvider time, ILogger logger) =>
        Connect(options, time, logger, Random.Shared.NextDouble);

    /// <inheritdoc/>
    public async Task RunAsync(ClusterFeed feed, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(feed);
        await Task.WhenAll(_reflectors.Select(
            reflector => reflector.RunAsync(feed, () => MarkSynced(feed), cancellation))).ConfigureAwait(false);
    }

    /// <summary>Closes all connections; <see cref="RunAsync"/> must have ended.</summary>
    public void Dispose() => _access.Dispose();

    /// <summary>For tests: <paramref name="random"/> spreads the waits.</summary>
    internal static KubernetesSource Connect(
        KubernetesSourceOptions options, TimeProvider time, ILogger logger, Func<double> random)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logger);
        IReadOnlyList<string> problems = options.Validate();
        return problems.Count == 0
            ? new KubernetesSource(new ApiAccess(options), options, time, logger, random)
            : throw new ClusterConfigurationException(string.Join("; ", problems));
    }

    private void MarkSynced(ClusterFeed feed)
    {
        if (!feed.IsSynced && _reflectors.All(reflector => reflector.Health.Lists > 0))
        {
            feed.MarkSynced();
        }
    }

    private async Task<ResourcePlace> LocatePoliciesAsync(ApiSession session, CancellationToken cancellation)
    {
        ResourcePlace place = await PolicyDiscovery.FindAsync(_access, session, _time, cancellation).ConfigureAwait(false);
        _policies.Use(place == ResourcePlace.Policies ? PolicyApi.V1 : PolicyApi.V1Beta1);
        LogPolicyApi(_logger, place.Root["apis/".Length..]);
        return place;
    }

    private void ReportFault(string policy, string field, string reason)
    {
        int slash = policy.IndexOf('/', StringComparison.Ordinal);
        LogPolicyFault(_logger, policy[..slash], policy[(slash + 1)..], field, reason);
    }
}
