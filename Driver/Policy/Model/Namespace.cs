using System.Collections.Immutable;

namespace NetPolNic.Policy.Model;

/// <summary>What policy needs of a Namespace.</summary>
/// <param name="Name">metadata.name; <c>kubernetes.io/metadata.name</c> is implied (SEMANTICS b10).</param>
/// <param name="Labels">metadata.labels as written.</param>
/// <param name="IsolationAnnotation">Raw value of <c>net.beta.kubernetes.io/network-policy</c>, or null.</param>
public sealed record Namespace(
    string Name,
    ImmutableSortedDictionary<string, string> Labels,
    string? IsolationAnnotation = null);
