using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Sources;

/// <summary>Compares objects by content: the records of the model compare their lists by reference.</summary>
internal static class ObjectEquality
{
    public static bool Same(Namespace left, Namespace right) =>
        left.Name == right.Name && left.IsolationAnnotation == right.IsolationAnnotation &&
        SameLabels(left.Labels, right.Labels);

    public static bool Same(Pod left, Pod right) =>
        left.Uid == right.Uid && left.Namespace == right.Namespace && left.Name == right.Name &&
        left.NodeName == right.NodeName && left.HostNetwork == right.HostNetwork &&
        left.Terminated == right.Terminated && SameLabels(left.Labels, right.Labels) &&
        left.Addresses.AsSpan().SequenceEqual(right.Addresses.AsSpan()) &&
        left.NodeAddresses.AsSpan().SequenceEqual(right.NodeAddresses.AsSpan()) &&
        left.Ports.AsSpan().SequenceEqual(right.Ports.AsSpan());

    public static bool Same(NetworkPolicy left, NetworkPolicy right) =>
        left.Api == right.Api && left.Uid == right.Uid && left.Namespace == right.Namespace && left.Name == right.Name &&
        left.AppliesToIngress == right.AppliesToIngress && left.AppliesToEgress == right.AppliesToEgress &&
        SameSelector(left.PodSelector, right.PodSelector) &&
        SameList(left.Ingress, right.Ingress, SameRule) && SameList(left.Egress, right.Egress, SameRule);

    public static bool SameLabels(
        ImmutableSortedDictionary<string, string> left, ImmutableSortedDictionary<string, string> right) =>
        ReferenceEquals(left, right) || (left.Count == right.Count && left.SequenceEqual(right));

    private static bool SameRule(PolicyRule left, PolicyRule right) =>
        SameOptional(left.Peers, right.Peers, SamePeer) &&
        SameOptional(left.Ports, right.Ports, (a, b) => a == b);

    private static bool SamePeer(PeerMatch left, PeerMatch right) =>
        left.NotUnderstood == right.NotUnderstood &&
        SameSelector(left.PodSelector, right.PodSelector) &&
        SameSelector(left.NamespaceSelector, right.NamespaceSelector) &&
        SameBlock(left.IpBlock, right.IpBlock);

    private static bool SameBlock(IpBlock? left, IpBlock? right) => left is null || right is null
        ? left is null && right is null
        : left.Cidr == right.Cidr && left.Except.AsSpan().SequenceEqual(right.Except.AsSpan());

    private static bool SameSelector(LabelSelector? left, LabelSelector? right) => left is null || right is null
        ? left is null && right is null
        : SameList(left.Requirements, right.Requirements, SameRequirement);

    private static bool SameRequirement(LabelRequirement left, LabelRequirement right) =>
        left.Key == right.Key && left.Operator == right.Operator &&
        left.Values.AsSpan().SequenceEqual(right.Values.AsSpan());

    private static bool SameOptional<T>(ImmutableArray<T>? left, ImmutableArray<T>? right, Func<T, T, bool> isSame) =>
        left is { } l && right is { } r ? SameList(l, r, isSame) : left is null && right is null;

    private static bool SameList<T>(ImmutableArray<T> left, ImmutableArray<T> right, Func<T, T, bool> isSame)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (int i = 0; i < left.Length; i++)
        {
            if (!isSame(left[i], right[i]))
            {
                return false;
            }
        }

        return true;
    }
}
