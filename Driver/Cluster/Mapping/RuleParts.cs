using k8s.Models;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Mapping;

/// <summary>A rule of either API version; a null list is missing.</summary>
internal readonly record struct RuleParts(RulePeer[]? Peers, RulePort[]? Ports);

/// <summary>A peer of either API version.</summary>
internal readonly record struct RulePeer(
    V1LabelSelector? PodSelector,
    V1LabelSelector? NamespaceSelector,
    V1IPBlock? IpBlock);

/// <summary>A port of either API version.</summary>
/// <param name="Proto">The protocol, or null where it is not understood.</param>
/// <param name="Port">Number or name; null is every port.</param>
/// <param name="EndPort">End of a range, inclusive.</param>
internal readonly record struct RulePort(L4Proto? Proto, string? Port, int? EndPort);
