using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>One direction of the local pods that the same rules speak for.</summary>
/// <param name="key">What they have in common.</param>
/// <param name="rules">The rules that speak.</param>
/// <param name="isolating">Those policies that isolate.</param>
/// <param name="subject">One of the pods, for its named ports.</param>
internal sealed class DirectionGroup(
    DirectionKey key,
    ImmutableArray<ActiveRules> rules,
    ImmutableArray<NetworkPolicy> isolating,
    Pod subject)
{
    public DirectionKey Key { get; } = key;

    public ImmutableArray<ActiveRules> Rules { get; } = rules;

    /// <summary>The local pods.</summary>
    public HashSet<LocalPod> Users { get; } = [];

    /// <summary>The direction as last made; open before that.</summary>
    public EndpointDirection Result { get; private set; } = EndpointDirection.Open;

    /// <summary>Whether the group waits to be made anew.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Makes the direction from the rules as they are now; false where it stays what it was.</summary>
    public bool Refresh(SetPool pool)
    {
        IsDirty = false;
        EndpointDirection next = DirectionAssembly.Make(
            Rules.SelectMany(r => r.Expand(subject)),
            isolating,
            Key.Direction,
            Key.AnnotatedSpace,
            pool.Acquire);
        if (next.Equals(Result))
        {
            pool.Release(next.Set);
            return false;
        }

        pool.Release(Result.Set);
        Result = next;
        return true;
    }
}
