using System.Collections.Immutable;
using CsCheck;

namespace NetPolNic.Offload.Tests.Apply;

/// <summary>
/// A policy small enough to look at every packet of: three pods, eight peers, four ports. Each pod allows the ports of a
/// mask to peers under a prefix of 1 &lt;&lt; bits addresses; what all share is in a block of its own.
/// </summary>
/// <param name="Pods">Rules of the pods that are there, by number.</param>
/// <param name="Shared">Rules of every pod.</param>
/// <param name="Small">Pods whose block is a group made anew with each content, instead of one changed in place.</param>
internal sealed record GroupedPolicy(
    ImmutableSortedDictionary<int, ImmutableSortedDictionary<(int Base, int Bits), int>> Pods,
    ImmutableSortedDictionary<(int Base, int Bits), int> Shared,
    int Small)
{
    internal const int Peers = 8;
    internal const int Ports = 4;
    internal const int AllPorts = (1 << Ports) - 1;

    private static readonly Gen<ImmutableSortedDictionary<(int Base, int Bits), int>> s_block =
        Gen.Select(Gen.Int[0, Peers - 1], Gen.Int[0, 2], Gen.Int[1, AllPorts]).Array[0, 4].Select(entries =>
            entries.GroupBy(e => ((e.Item1 >> e.Item2) << e.Item2, e.Item2))
                .ToImmutableSortedDictionary(group => group.Key, group => group.Aggregate(0, (mask, e) => mask | e.Item3)));

    /// <summary>A policy, each follower of which changes a pod, or the shared block.</summary>
    internal static readonly Gen<GroupedPolicy[]> Sequence =
        Gen.Select(Gen.Int[0, 4], s_block, Gen.Int[0, 7]).Array[3, 9].Select(changes =>
        {
            GroupedPolicy policy = new(
                ImmutableSortedDictionary<int, ImmutableSortedDictionary<(int, int), int>>.Empty,
                ImmutableSortedDictionary<(int, int), int>.Empty,
                0);
            return changes.Select(change => policy = policy.With(change.Item1, change.Item2, change.Item3)).ToArray();
        });

    internal bool Allows(int pod, int peer, int port) =>
        !Pods.TryGetValue(pod, out ImmutableSortedDictionary<(int Base, int Bits), int>? own) ||
        own.Concat(Shared).Any(e => peer >> e.Key.Bits == e.Key.Base >> e.Key.Bits && (e.Value >> port & 1) != 0);

    private GroupedPolicy With(int what, ImmutableSortedDictionary<(int, int), int> block, int extra) => what switch
    {
        < 3 when extra == 0 => this with { Pods = Pods.Remove(what) },
        < 3 => this with { Pods = Pods.SetItem(what, block), Small = Small & ~(1 << what) | ((extra & 1) << what) },
        _ => this with { Shared = block },
    };
}
