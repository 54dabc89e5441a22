using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>Brings what selections and endpoints know of pods and namespaces up to the cluster, once per batch.</summary>
internal sealed class PodChanges(LiveCluster cluster, SelectionTable selections, LocalPods locals)
{
    /// <summary>
    /// Pods leave as they were counted, in the groups as they were; then namespaces change groups; then pods enter as they
    /// are. So what comes in between, in whatever order, does not matter.
    /// </summary>
    public void Settle()
    {
        foreach (PodEntry entry in cluster.Touched)
        {
            entry.IsTouched = false;
            entry.Addresses = AddressesOf(entry);
            if (IsCountedAsItIs(entry))
            {
                entry.Counted = entry.Pod;
            }
            else if (entry.Counted is not null)
            {
                selections.Leave(entry.CountedIn!, entry.Counted, entry.CountedAddresses);
                entry.Counted = null;
                entry.CountedIn = null;
            }
        }

        foreach (SpaceEntry space in cluster.Relabelled)
        {
            selections.Regroup(space);
        }

        foreach (PodEntry entry in cluster.Touched)
        {
            if (entry.Counted is null && entry.Space is not null)
            {
                entry.Counted = entry.Pod;
                entry.CountedIn = entry.Space;
                entry.CountedAddresses = entry.Addresses;
                selections.Enter(entry.Space, entry.Pod!, entry.Addresses);
            }

            locals.Settle(entry);
            if (entry.Pod is null)
            {
                cluster.Pods.Remove(entry.Uid);
            }
        }

        cluster.Touched.Clear();
        cluster.Relabelled.Clear();
    }

    private static bool IsCountedAsItIs(PodEntry entry) =>
        entry.Counted is { } counted && entry.Space is not null && entry.Space == entry.CountedIn &&
        SameContent.Of(counted.Labels, entry.Pod!.Labels) &&
        entry.Addresses.AsSpan().SequenceEqual(entry.CountedAddresses.AsSpan()) &&
        counted.Ports.AsSpan().SequenceEqual(entry.Pod.Ports.AsSpan());

    private ImmutableArray<IpAddr> AddressesOf(PodEntry entry)
    {
        ImmutableArray<IpAddr> claims = PodEntry.ClaimsOf(entry.Pod);
        foreach (IpAddr addr in claims)
        {
            if (cluster.Claims.IsContested(addr))
            {
                return [.. claims.Where(a => !cluster.Claims.IsContested(a))];
            }
        }

        return claims;
    }
}
