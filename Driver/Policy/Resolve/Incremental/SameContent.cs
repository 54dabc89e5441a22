using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>
/// Content comparison of objects, so that a relist, which brings every object anew, changes nothing. False means "may differ".
/// </summary>
internal static class SameContent
{
    public static bool Of(Namespace a, Namespace b) => ReferenceEquals(a, b) ||
        (a.Name == b.Name && a.IsolationAnnotation == b.IsolationAnnotation && Of(a.Labels, b.Labels));

    public static bool Of(Pod a, Pod b) => ReferenceEquals(a, b) ||
        (a.Uid == b.Uid && a.Namespace == b.Namespace && a.Name == b.Name && a.NodeName == b.NodeName &&
            a.HostNetwork == b.HostNetwork && a.Terminated == b.Terminated && Of(a.Labels, b.Labels) &&
            a.Addresses.AsSpan().SequenceEqual(b.Addresses.AsSpan()) &&
            a.NodeAddresses.AsSpan().SequenceEqual(b.NodeAddresses.AsSpan()) &&
            a.Ports.AsSpan().SequenceEqual(b.Ports.AsSpan()));

    public static bool Of(NetworkPolicy a, NetworkPolicy b) => ReferenceEquals(a, b) ||
        (a.Api == b.Api && a.Uid == b.Uid && a.Namespace == b.Namespace && a.Name == b.Name &&
            a.AppliesToIngress == b.AppliesToIngress && a.AppliesToEgress == b.AppliesToEgress &&
            SelectorMatching.Comparer.Equals(a.PodSelector, b.PodSelector) &&
            All(a.Ingress, b.Ingress, Of) && All(a.Egress, b.Egress, Of));

    public static bool Of(ImmutableSortedDictionary<string, string> a, ImmutableSortedDictionary<string, string> b)
    {
        if (ReferenceEquals(a, b))
        {
            return true;
        }

        if (a.Count != b.Count)
        {
            return false;
        }

        foreach ((string key, string value) in a)
        {
            if (!b.TryGetValue(key, out string? other) || value != other)
            {
                return false;
            }
        }

        return true;
    }

    private static bool Of(PolicyRule a, PolicyRule b) =>
        a.Peers.HasValue == b.Peers.HasValue && a.Ports.HasValue == b.Ports.HasValue &&
        All(a.Peers ?? [], b.Peers ?? [], Of) && (a.Ports ?? []).AsSpan().SequenceEqual((b.Ports ?? []).AsSpan());

    private static bool Of(PeerMatch a, PeerMatch b) =>
        a.NotUnderstood == b.NotUnderstood && SelectorMatching.Comparer.Equals(a.PodSelector, b.PodSelector) &&
        SelectorMatching.Comparer.Equals(a.NamespaceSelector, b.NamespaceSelector) && Of(a.IpBlock, b.IpBlock);

    private static bool Of(IpBlock? a, IpBlock? b) => ReferenceEquals(a, b) ||
        (a is not null && b is not null && a.Cidr == b.Cidr && a.Except.AsSpan().SequenceEqual(b.Except.AsSpan()));

    private static bool All<T>(ImmutableArray<T> a, ImmutableArray<T> b, Func<T, T, bool> same)
    {
        if (a.Length != b.Length)
        {
            return false;
        }

        for (int i = 0; i < a.Length; i++)
        {
            if (!same(a[i], b[i]))
            {
                return false;
            }
        }

        return true;
    }
}
