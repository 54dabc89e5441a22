using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>Which policies speak, which isolate, and which of their parts count, by isolation mode (S-a12).</summary>
/// <remarks>
/// The API version of an object always decides what its missing and empty lists mean (S-a7, S-b4). In mode
/// <see cref="IsolationMode.Namespace"/> a v1 object adds its ingress rules to an annotated namespace and does nothing
/// else: its egress is not enforced, and peers and ports that part a does not have match nothing.
/// </remarks>
internal static class PolicyRules
{
    /// <summary>Whether the annotation of namespaces counts.</summary>
    public static bool UsesAnnotation(IsolationMode mode) => mode != IsolationMode.Pod;

    /// <summary>Whether the rules of a policy count for the pods that it selects.</summary>
    public static bool Speaks(NetworkPolicy policy, Direction direction, IsolationMode mode, bool annotated)
    {
        bool byPartA = mode == IsolationMode.Namespace ||
            (mode == IsolationMode.Auto && policy.Api == PolicyApi.V1Beta1);
        if (byPartA)
        {
            return annotated && direction == Direction.Ingress && Applies(policy, direction); // S-a1, S-a2
        }

        return Applies(policy, direction); // S-b1, S-b4
    }

    /// <summary>
    /// Whether a policy that speaks also isolates what it selects; by part a only the annotation does (S-a3).
    /// </summary>
    public static bool Isolates(NetworkPolicy policy, IsolationMode mode) =>
        mode == IsolationMode.Pod || (mode == IsolationMode.Auto && policy.Api == PolicyApi.V1);

    /// <summary>
    /// Why a peer matches nothing, or null where it is a peer that the mode and version have (S-a9, S-b5, S-d2).
    /// </summary>
    public static string? PeerDefect(PeerMatch peer, PolicyApi api, IsolationMode mode)
    {
        bool selectors = peer.PodSelector is not null || peer.NamespaceSelector is not null;
        if (peer.NotUnderstood)
        {
            return "is not understood";
        }

        if (!selectors && peer.IpBlock is null)
        {
            return "has no selector and no ipBlock";
        }

        if (selectors && peer.IpBlock is not null)
        {
            return "has both an ipBlock and a selector";
        }

        if (!PartA(api, mode))
        {
            return null;
        }

        if (peer.IpBlock is not null)
        {
            return $"has an ipBlock, which {Subject(api)} does not know";
        }

        return peer.PodSelector is not null && peer.NamespaceSelector is not null
            ? $"has both selectors, which {Subject(api)} does not know"
            : null;
    }

    /// <summary>
    /// Why a port entry matches nothing, or null where it is one that the mode and version have (S-b8).
    /// </summary>
    public static string? PortDefect(L4PortMatch entry, PolicyApi api, IsolationMode mode)
    {
        bool misformed = entry.First is null
            ? entry.Last is not null
            : entry.Name is not null || entry.Last < entry.First;
        if (misformed)
        {
            return "is not a port, a range or a name";
        }

        return entry.First is not null && entry.Last is not null && entry.Last != entry.First && PartA(api, mode)
            ? $"has an endPort, which {Subject(api)} does not know"
            : null;
    }

    private static bool Applies(NetworkPolicy policy, Direction direction)
    {
        if (policy.Api == PolicyApi.V1Beta1)
        {
            return direction == Direction.Ingress;
        }

        return direction == Direction.Ingress ? policy.AppliesToIngress : policy.AppliesToEgress;
    }

    private static bool PartA(PolicyApi api, IsolationMode mode) =>
        api == PolicyApi.V1Beta1 || mode == IsolationMode.Namespace;

    private static string Subject(PolicyApi api) =>
        api == PolicyApi.V1Beta1 ? "extensions/v1beta1" : "isolation by namespace";
}
