using System.Collections.Immutable;
using System.Globalization;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Datapath.Traffic;

/// <summary>
/// Policy of a made-up node: fifty pods, isolated both ways, each with rules of its own; nine peers in ten are single
/// addresses, one is a /24 (or /120). The same numbers give the same policy in every process.
/// </summary>
internal sealed class RuleSet
{
    public const int Pods = 50;

    /// <summary>No rule allows it.</summary>
    public const ushort ClosedL4Port = 22;

    private static readonly (ushort First, ushort Last)[] s_ports =
        [(80, 80), (443, 443), (8080, 8080), (5432, 5432), (6379, 6379), (9000, 9100)];

    private readonly ImmutableArray<ImmutableArray<PeerRule>> _ingress;
    private readonly ImmutableArray<ImmutableArray<PeerRule>> _egress;

    private RuleSet(IpFamily family, ImmutableArray<ImmutableArray<PeerRule>> ingress, ImmutableArray<ImmutableArray<PeerRule>> egress)
    {
        Family = family;
        _ingress = ingress;
        _egress = egress;
    }

    public IpFamily Family { get; }

    /// <summary>A policy of so many rules, half of them for each direction.</summary>
    public static RuleSet Of(int rules, IpFamily family)
    {
        int perPod = Math.Max(1, rules / (2 * Pods));
        Random random = new(4711);
        return new RuleSet(family, Make(random, perPod, family), Make(random, perPod, family));
    }

    public IReadOnlyList<PeerRule> RulesOf(int pod, Direction direction) =>
        direction == Direction.Ingress ? _ingress[pod] : _egress[pod];

    /// <summary>Address of a pod.</summary>
    public IpAddr PodAddr(int pod) => Host(Family, 0x0af4_0000u + 2 + (uint)pod);

    /// <summary>An address that no rule allows.</summary>
    public IpAddr Stranger(int number) => Host(Family, 0xc0a8_0000u + ((uint)number % 60_000));

    /// <summary>The policy as the fallback takes it.</summary>
    /// <param name="generation">Of the snapshot.</param>
    /// <param name="variant">Other than 0: the first pod has one more rule, which no packet here needs.</param>
    public PolicySnapshot ToSnapshot(long generation, int variant = 0) =>
        new(generation, [.. Enumerable.Range(0, Pods).Select(pod => EndpointOf(pod, pod == 0 ? variant : 0))], []);

    /// <summary>The policy as a list for rte_acl and others: source, destination, protocol, destination ports.</summary>
    public IEnumerable<string> ToLines()
    {
        for (int pod = 0; pod < Pods; pod++)
        {
            IpPrefix own = IpPrefix.Host(PodAddr(pod));
            foreach (PeerRule rule in _ingress[pod])
            {
                yield return Line(rule.Peer, own, rule.Ports);
            }

            foreach (PeerRule rule in _egress[pod])
            {
                yield return Line(own, rule.Peer, rule.Ports);
            }
        }
    }

    private static string Line(IpPrefix src, IpPrefix dst, L4PortRange ports) =>
        string.Create(CultureInfo.InvariantCulture, $"{src} {dst} {(int)ports.Proto} {ports.First} {ports.Last}");

    private static ImmutableArray<ImmutableArray<PeerRule>> Make(Random random, int perPod, IpFamily family) =>
        [.. Enumerable.Range(0, Pods).Select(_ => MakeOne(random, perPod, family))];

    private static ImmutableArray<PeerRule> MakeOne(Random random, int perPod, IpFamily family)
    {
        HashSet<uint> taken = [];
        List<PeerRule> rules = [];
        while (rules.Count < perPod)
        {
            bool isBlock = rules.Count % 10 == 9;
            uint addr = isBlock
                ? 0xac10_0000u + ((uint)random.Next(1 << 12) << 8)
                : 0x0a00_0000u + (uint)random.Next(1 << 23);
            if (!taken.Add(addr))
            {
                continue;
            }

            (ushort first, ushort last) = s_ports[random.Next(s_ports.Length)];
            IpAddr host = Host(family, addr);
            rules.Add(new PeerRule(new IpPrefix(host, host.Bits - (isBlock ? 8 : 0)), new L4PortRange(L4Proto.Tcp, first, last)));
        }

        return [.. rules];
    }

    /// <summary>The low 32 bits of an IPv6 address stand for the IPv4 one.</summary>
    private static IpAddr Host(IpFamily family, uint number) => family == IpFamily.V4
        ? IpAddr.V4(number)
        : IpAddr.V6(((UInt128)0xfd00_0244_0000_0000UL << 64) | number);

    private LocalEndpoint EndpointOf(int pod, int variant)
    {
        IpAddr addr = PodAddr(pod);
        PeerRule[] more = variant == 0
            ? []
            : [new PeerRule(IpPrefix.Host(Host(Family, 0x0b00_0000u + (uint)variant)), new L4PortRange(L4Proto.Tcp, 1, 1))];
        return new LocalEndpoint(
            $"00000000-0000-0000-0000-{pod:x12}",
            "bench",
            string.Create(CultureInfo.InvariantCulture, $"pod-{pod}"),
            [addr],
            PeerSet.OfAddresses([addr]),
            new EndpointDirection(SetOf(_ingress[pod].Concat(more)), [], []),
            new EndpointDirection(SetOf(_egress[pod]), [], []));
    }

    private static PolicySet SetOf(IEnumerable<PeerRule> rules) => PolicySet.Of(rules
        .GroupBy(rule => rule.Ports)
        .Select(group => new AllowRule(PeerSet.Of(group.Select(rule => rule.Peer)), PortSet.Of([group.Key]))));
}
