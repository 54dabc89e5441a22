using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>A node as the pods on it show it.</summary>
internal sealed class NodeEntry
{
    private readonly Dictionary<IpAddr, int> _addresses = [];
    private int _pods;

    /// <summary>Its addresses (S-b11, S-b12).</summary>
    public IReadOnlyCollection<IpAddr> Addresses => _addresses.Keys;

    /// <summary>Local pods on it that have an endpoint.</summary>
    public HashSet<LocalPod> Locals { get; } = [];

    public bool IsUnused => _pods == 0;

    /// <summary>A pod on the node; true where that brings an address.</summary>
    public bool Add(Pod pod)
    {
        _pods++;
        bool changed = false;
        foreach (IpAddr addr in Shown(pod))
        {
            int count = _addresses.GetValueOrDefault(addr);
            _addresses[addr] = count + 1;
            changed |= count == 0;
        }

        return changed;
    }

    /// <summary>A pod leaves the node; true where that takes an address away.</summary>
    public bool Remove(Pod pod)
    {
        _pods--;
        bool changed = false;
        foreach (IpAddr addr in Shown(pod))
        {
            int count = _addresses[addr] - 1;
            if (count == 0)
            {
                _addresses.Remove(addr);
                changed = true;
            }
            else
            {
                _addresses[addr] = count;
            }
        }

        return changed;
    }

    private static IEnumerable<IpAddr> Shown(Pod pod) =>
        pod.HostNetwork ? pod.NodeAddresses.Concat(pod.Addresses) : pod.NodeAddresses;
}
