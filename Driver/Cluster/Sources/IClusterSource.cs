using System.Collections.Immutable;

namespace NetPolNic.Cluster.Sources;

/// <summary>Where objects come from: a cluster's API server or a folder of manifests.</summary>
public interface IClusterSource
{
    /// <summary>For logs and status, e.g. "manifests in /etc/netpolnic" or "https://10.0.0.1:6443".</summary>
    string Name { get; }

    /// <summary>How each followed kind is doing. Any thread.</summary>
    ImmutableArray<ReflectorHealth> Health { get; }

    /// <summary>
    /// Follows the objects into the feed until cancelled, through every outage; marks the feed as synced once each kind was
    /// read completely. Ends early only where nothing can ever follow (standard input), and throws only what no waiting
    /// cures.
    /// </summary>
    Task RunAsync(ClusterFeed feed, CancellationToken cancellation);
}
