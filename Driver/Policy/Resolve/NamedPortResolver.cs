using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>Numbers of named ports, by name and protocol of the destination pod (S-b9).</summary>
internal static class NamedPortResolver
{
    /// <summary>Every number that the pod gives the name for this protocol; two containers may each have one.</summary>
    public static PortSet OfPod(Pod pod, string name, L4Proto proto) => PortSet.Of(pod.Ports
        .Where(p => p.Proto == proto && p.Name == name)
        .Select(p => new L4PortRange(proto, p.Number, p.Number)));

    /// <summary>One rule per distinct set of numbers; peers without the name are left out.</summary>
    public static IEnumerable<AllowRule> OfPeers(IEnumerable<PodAddress> peers, string name, L4Proto proto) => peers
        .GroupBy(p => OfPod(p.Pod, name, proto), p => p.Addr)
        .Where(group => !group.Key.IsEmpty)
        .Select(group => new AllowRule(PeerSet.OfAddresses(group), group.Key));

    /// <summary>Equal for pods with the same named ports, whatever their order.</summary>
    public static string Key(Pod pod) => string.Join(
        ';',
        pod.Ports
            .Select(p => FormattableString.Invariant($"{p.Name}/{p.Proto}/{p.Number}"))
            .Order(StringComparer.Ordinal));
}
