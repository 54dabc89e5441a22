using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>
/// A policy whose pods share a block of many peers that cannot be merged, so that its peer groups are changed in place, and
/// have small blocks of their own.
/// </summary>
/// <param name="Shared">Numbers of the shared block's peers, each with its ports.</param>
/// <param name="Own">Numbers of each pod's own peers, by pod; their port is 7000. A pod that is missing is not there.</param>
internal sealed record LargeBlock(
    ImmutableSortedDictionary<int, ImmutableArray<ushort>> Shared, ImmutableSortedDictionary<int, ImmutableArray<int>> Own)
{
    private const ushort OwnPort = 7000;

    /// <summary>Every number that some policy of <see cref="Sequence"/> changes, and some that stay or are never in one.</summary>
    public static IReadOnlyList<int> Peers { get; } = [0, 1, 2, 150, 298, 299, 300, 301, 330, 500, 501];

    public static IReadOnlyList<ushort> L4Ports { get; } = [80, 443, OwnPort];

    /// <summary>
    /// Peers that come and go in place, other ports for some and for all, pods that come and go, a block that becomes so small
    /// that its groups are made anew with each content, and large again.
    /// </summary>
    public static ImmutableArray<LargeBlock> Sequence { get; } = Make();

    public static IpAddr PeerOf(int number) => new(IpFamily.V4, 0x0a050000u + (2 * (uint)number));

    public static IpAddr PodOf(int number) => new(IpFamily.V4, 0x0a060000u + (uint)number);

    public bool Allows(int pod, int peer, ushort l4Port) => !Own.TryGetValue(pod, out ImmutableArray<int> own) ||
        (Shared.TryGetValue(peer, out ImmutableArray<ushort> ports) && ports.Contains(l4Port)) ||
        (l4Port == OwnPort && own.Contains(peer));

    public PolicySnapshot ToSnapshot() => new(1, [.. Own.Select(pod => Endpoint(pod.Key, pod.Value))], []);

    private LocalEndpoint Endpoint(int pod, ImmutableArray<int> own)
    {
        PolicySet set = PolicySet.Of(
        [
            .. Shared.GroupBy(peer => string.Join(',', peer.Value)).Select(group => new AllowRule(
                PeerSet.OfAddresses(group.Select(peer => PeerOf(peer.Key))), Tcp(group.First().Value))),
            new AllowRule(PeerSet.OfAddresses(own.Select(PeerOf)), Tcp([OwnPort])),
        ]);
        RuleOrigin origin = new("uid", "default", "policy", Direction.Ingress, -1, -1, -1);
        return new LocalEndpoint(
            $"uid-{pod}",
            "default",
            $"pod{pod}",
            [PodOf(pod)],
            PeerSet.OfAddresses([PodOf(pod)]),
            new EndpointDirection(set, [origin], [.. set.Rules.Select(_ => ImmutableArray.Create(origin))]),
            new EndpointDirection(PolicySet.Open, [], []));
    }

    private static PortSet Tcp(ImmutableArray<ushort> ports) =>
        PortSet.Of(ports.Select(port => new L4PortRange(L4Proto.Tcp, port, port)));

    private static ImmutableArray<LargeBlock> Make()
    {
        ImmutableArray<ushort> web = [80];
        ImmutableArray<ushort> both = [80, 443];
        LargeBlock first = new(
            Enumerable.Range(0, 300).ToImmutableSortedDictionary(peer => peer, _ => web),
            ImmutableSortedDictionary<int, ImmutableArray<int>>.Empty.Add(0, [500]).Add(1, [500, 501]));
        LargeBlock edited = first with { Shared = first.Shared.RemoveRange([1, 2]).Add(300, web).Add(301, web) };
        LargeBlock mixed = edited with { Shared = edited.Shared.SetItem(0, both).SetItem(299, both).Add(330, both) };
        LargeBlock joined = mixed with { Own = mixed.Own.Add(2, [1]).SetItem(0, [501]) };
        LargeBlock other = joined with { Shared = joined.Shared.ToImmutableSortedDictionary(peer => peer.Key, _ => both) };
        LargeBlock small = other with { Shared = other.Shared.RemoveRange(Enumerable.Range(200, 95)) };
        LargeBlock left = first with { Own = first.Own.Remove(0) };
        return [first, edited, mixed, joined, other, small, left];
    }
}
