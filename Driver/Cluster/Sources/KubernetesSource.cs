using System.Collections.Immutable;
using k8s;
using Microsoft.Extensions.Logging;

namespace NetPolNic.Cluster.Sources;

/// <summary>
/// Follows the pods, namespaces and network policies of a cluster through its API server.
/// </summary>
public sealed class KubernetesSource : IClusterSource, IDisposable
{
    private KubernetesSource(KubernetesSourceOptions options, TimeProvider time, ILogger logger) => _ = (options, time, logger);

    /// <summary>Reads the configuration; no request is made before <see cref="RunAsync"/>.</summary>
    /// <exception cref="ClusterConfigurationException">The configuration is missing or cannot be used.</exception>
    public static KubernetesSource Connect(KubernetesSourceOptions options, TimeProvider time, ILogger logger) =>
        new(options, time, logger);

    /// <inheritdoc/>
    public string Name => throw new NotSupportedException();

    /// <inheritdoc/>
    public ImmutableArray<ReflectorHealth> Health => throw new NotSupportedException();

    /// <summary>
    /// The client for other requests, such as posting Events. Take it anew for each: it is replaced when credentials are read
    /// again. Any thread; not to be disposed.
    /// </summary>
    public IKubernetes Client => throw new NotSupportedException();

    /// <inheritdoc/>
    public Task RunAsync(ClusterFeed feed, CancellationToken cancellation) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
