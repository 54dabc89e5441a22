namespace NetPolNic.Policy.Model;

/// <summary>One entry of a rule's from/to list: an ipBlock, or selectors.</summary>
/// <remarks>
/// Selectors: pod alone is the policy's namespace, namespace alone every pod there, both AND (SEMANTICS b5).
/// <see cref="NotUnderstood"/> marks a peer that this version cannot read; it matches nothing (SEMANTICS d2).
/// </remarks>
public sealed record PeerMatch(
    LabelSelector? PodSelector = null,
    LabelSelector? NamespaceSelector = null,
    IpBlock? IpBlock = null,
    bool NotUnderstood = false);
