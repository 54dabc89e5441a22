using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Sources;

/// <summary>What has changed since the last batch.</summary>
/// <param name="Changes">The objects; the receiver owns them.</param>
/// <param name="EventCount">Events that these changes came from; at least their count.</param>
/// <param name="FirstReceived">
/// When the oldest of them arrived, as <see cref="TimeProvider.GetTimestamp"/> of the feed's clock.
/// </param>
public sealed record ClusterBatch(ClusterChanges Changes, long EventCount, long FirstReceived);
