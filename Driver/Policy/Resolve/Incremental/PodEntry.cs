using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>A pod of the cluster: how it is now, and how the selections know it.</summary>
internal sealed class PodEntry(string uid)
{
    public string Uid { get; } = uid;

    /// <summary>The object; null once removed.</summary>
    public Pod? Pod { get; set; }

    /// <summary>Its namespace where it is live: of a network of its own, not terminated, with an address (S-b11, S-b17).</summary>
    public SpaceEntry? Space { get; set; }

    /// <summary>Place in the list of its namespace.</summary>
    public int SpaceIndex { get; set; }

    /// <summary>Its addresses without the contested ones; right after <see cref="PodChanges.Settle"/>.</summary>
    public ImmutableArray<IpAddr> Addresses { get; set; } = [];

    /// <summary>The pod as the selections count it, or null where they do not.</summary>
    public Pod? Counted { get; set; }

    /// <summary>The namespace where the selections count it.</summary>
    public SpaceEntry? CountedIn { get; set; }

    /// <summary>The addresses that the selections count.</summary>
    public ImmutableArray<IpAddr> CountedAddresses { get; set; } = [];

    /// <summary>Whether it waits to be settled.</summary>
    public bool IsTouched { get; set; }

    /// <summary>Its endpoint, where it is local and has one.</summary>
    public LocalPod? Local { get; set; }

    /// <summary>The addresses of a live pod as the object has them, each once.</summary>
    public static ImmutableArray<IpAddr> ClaimsOf(Pod? pod)
    {
        if (pod is null || pod.Terminated || pod.HostNetwork)
        {
            return [];
        }

        return pod.Addresses.Length <= 1 ? pod.Addresses : Distinct(pod.Addresses);
    }

    private static ImmutableArray<IpAddr> Distinct(ImmutableArray<IpAddr> addresses)
    {
        for (int i = 1; i < addresses.Length; i++)
        {
            if (addresses.AsSpan()[..i].Contains(addresses[i]))
            {
                return [.. addresses.Distinct()];
            }
        }

        return addresses;
    }
}
