namespace NetPolNic.Offload.Planning.Groups;

/// <summary>
/// Numbers that every plan with groups has in common. Priorities count from the strongest; 0 is left to the reconciler.
/// </summary>
internal static class GroupLayout
{
    /// <summary>Holds one rule: on to <see cref="Egress"/>.</summary>
    internal const uint Root = 0;

    /// <summary>Tells pods apart by their address as a source.</summary>
    internal const uint Egress = 1;

    /// <summary>Tells pods apart by their address as a destination; passes.</summary>
    internal const uint Ingress = 2;

    /// <summary>The first group of what pods share.</summary>
    internal const uint FirstShared = 3;

    /// <summary>Of transient punts, which are the reconciler's.</summary>
    internal const int Transient = 0;

    /// <summary>In content: what takes bare SYNs on, past the covers of replies, and exceptions past the blocks that they are in.</summary>
    internal const int Syn = 2;

    /// <summary>In content: covers of replies, and blocks with exceptions.</summary>
    internal const int Replies = 3;

    /// <summary>In content: the next group.</summary>
    internal const int On = 4;

    /// <summary>In content: the punt where nothing else matches.</summary>
    internal const int End = 5;

    /// <summary>Covers, entries and drops; in <see cref="Egress"/> what always passes between two addresses.</summary>
    internal const int First = 1;

    /// <summary>In the groups of all pods: on to what a pod's policy says.</summary>
    internal const int Next = 2;

    /// <summary>The punt of isolated pods in <see cref="Ingress"/>.</summary>
    internal const int Last = 3;

    /// <summary>Passes, and in <see cref="Egress"/> what no pod's address matches.</summary>
    internal const int Pass = 4;

    /// <summary>What is left in <see cref="Ingress"/>.</summary>
    internal const int Rest = 5;

    /// <summary>Priorities that a group needs.</summary>
    internal const int Priorities = 6;

    /// <summary>With fewer groups than this nothing is shared.</summary>
    internal const int FewestGroups = 16;
}
