using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster;

/// <summary>The outcome of reading manifests once.</summary>
/// <param name="State">What was read; null when <paramref name="Problems"/> has anything but warnings (I6).</param>
/// <param name="Problems">Everything that is wrong, in the order of files and lines.</param>
/// <param name="ObjectCount">Namespaces, pods and policies that were read, refused ones included.</param>
public sealed record ManifestLoad(ClusterState? State, ImmutableArray<ManifestProblem> Problems, int ObjectCount);
