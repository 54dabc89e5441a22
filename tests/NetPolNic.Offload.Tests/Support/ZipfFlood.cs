using System.Collections.Immutable;
using System.Globalization;
using Dpdk.Flow;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Planning.Budget;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>
/// A node whose table is much too small, and denied traffic: the packets of a second are spread over pods, and within each pod
/// over its peers, by Zipf's law with the same exponent (rank r weighs 1 / r^s). Who has which rank comes from a seed. Rules
/// are executed by the interpreter, no clock is read: each run gives the same numbers.
/// </summary>
internal sealed class ZipfFlood
{
    private const long PacketsPerSecond = 1_000_000;
    private const int Pods = 30;
    private const int AllowedPeers = 60;
    private const int DeniedPeers = 60;
    private const int PairsReported = 1024;

    private static readonly IpAddr s_node = IpAddr.V4(0xc0a8_0001u);

    private readonly double _exponent;
    private readonly bool _scattered;
    private readonly uint[] _places;
    private readonly IncrementalPlanner _planner;
    private readonly PolicySnapshot _snapshot;
    private ImmutableArray<(PacketHeaders Packet, DeniedKind Kind, long Count)> _flows = [];
    private OffloadPlan _plan;

    /// <param name="nic">The NIC, with a table that is large enough.</param>
    /// <param name="tableShare">What part of the rules its table shall hold.</param>
    /// <param name="exponent">Zipf's s.</param>
    /// <param name="options">How the table is filled.</param>
    /// <param name="scattered">
    /// Peers, allowed and denied, have random addresses of the cluster (a /16); else each denied one stands between two that
    /// are allowed, so that no two of them can be dropped by one rule.
    /// </param>
    internal ZipfFlood(NicCapabilities nic, double tableShare, double exponent, BudgetOptions options, bool scattered)
    {
        _exponent = exponent;
        _scattered = scattered;
        Random random = new(11);
        _places =
        [
            .. Enumerable.Range(0, 2 * Pods).SelectMany(_ => Shuffled(1 << 16, random).Take(AllowedPeers + DeniedPeers))
                .Select(place => (uint)place),
        ];
        _snapshot = new PolicySnapshot(1, [.. Enumerable.Range(0, Pods).Select(Endpoint)], []);
        Rules = OffloadPlanner.Plan(_snapshot, nic, PlanOptions.Default).Rules.Length;
        TableSize = (int)(Rules * tableShare);
        Nic = nic with { TableSize = new CapabilityFact<int>(TableSize, "test") };
        _planner = new IncrementalPlanner(Nic, PlanOptions.Default, options);
        _plan = _planner.Update(_snapshot).Plan;
    }

    internal NicCapabilities Nic { get; }

    /// <summary>Rules that everything would take.</summary>
    internal int Rules { get; }

    internal int TableSize { get; }

    /// <summary>The most that so many rules for one sender, pod and protocol each could drop.</summary>
    internal double BestOfHosts =>
        _flows.Select(flow => flow.Count).OrderDescending().Take(TableSize).Sum() / (double)_flows.Sum(flow => flow.Count);

    /// <summary>Rules of a pod in one direction.</summary>
    internal int RulesOfSet => Rules / (2 * Pods);

    internal int LeftOut => _planner.LastRechoice.LeftOut;

    internal int Pairs => _planner.LastRechoice.Pairs;

    /// <summary>Gives every pod and peer another rank.</summary>
    internal void Move(int seed)
    {
        Random random = new(seed);
        List<(PacketHeaders, DeniedKind, long)> flows = [];
        double[] ofPod = Zipf(Pods);
        int[] pods = Shuffled(Pods, random);
        double[] ofPeer = Zipf(DeniedPeers);
        for (int p = 0; p < Pods; p++)
        {
            int[] peers = Shuffled(DeniedPeers, random);
            for (int r = 0; r < DeniedPeers; r++)
            {
                bool udp = peers[r] % 4 == 0;
                PacketHeaders packet = new(
                    Peer(pods[p], Direction.Ingress, AllowedPeers + peers[r]), Own(pods[p]), (byte)(udp ? L4Proto.Udp : L4Proto.Tcp))
                {
                    SrcL4Port = (ushort)(40_000 + peers[r]),
                    DstL4Port = 8080,
                    TcpFlags = (byte)(udp ? 0 : FlowFlags.Syn),
                };
                flows.Add((
                    packet, udp ? DeniedKind.Other : DeniedKind.BareSyn, (long)(PacketsPerSecond * ofPod[p] * ofPeer[r])));
            }
        }

        _flows = [.. flows];
    }

    /// <summary>One second of traffic, then one look at it.</summary>
    /// <returns>The part of the droppable packets that the NIC dropped, and the operations of the new choice.</returns>
    internal (double Dropped, int Operations) Tick()
    {
        // Only rules for its destination, or for any, can match a packet.
        ILookup<uint?, FlowSpec> byDst = _plan.Rules.Select(rule => rule.Spec).ToLookup(DstOf);
        Dictionary<IpAddr, FlowTableInterpreter> tables = Enumerable.Range(0, Pods).Select(Own).ToDictionary(
            own => own,
            own => new FlowTableInterpreter(byDst[(uint)own.Value].Concat(byDst[(uint?)null]), Nic));
        Dictionary<FlowSpec, RuleKey> keys = new(ReferenceEqualityComparer.Instance);
        foreach (PlannedRule rule in _plan.Rules)
        {
            keys.Add(rule.Spec, rule.Key);
        }

        Dictionary<RuleKey, RuleHit> hits = _plan.Rules.Where(rule => rule.Verdict == RuleVerdict.Drop)
            .ToDictionary(rule => rule.Key, _ => new RuleHit(0));
        Dictionary<uint, RuleKey> ways = _plan.Rules
            .Where(rule => rule is { Verdict: RuleVerdict.Drop, Pod.Length: > 0 } &&
                rule.Spec.Actions.Any(action => action is JumpAction) && DstOf(rule.Spec) is not null)
            .ToDictionary(rule => DstOf(rule.Spec)!.Value, rule => rule.Key);
        List<DeniedPair> denied = [];
        Dictionary<IpAddr, long> totals = [];
        long dropped = 0;
        long all = 0;
        foreach ((PacketHeaders packet, DeniedKind kind, long count) in _flows)
        {
            all += count;
            TableDecision decision = tables[packet.Dst].Decide(packet);
            if (decision.Verdict == RuleVerdict.Drop)
            {
                dropped += count;
                RuleKey key = keys[decision.Rule!];
                hits[key] = new RuleHit(hits[key].Packets + count);
                if (decision.Rule!.Attr.Group > 1 && ways.TryGetValue((uint)packet.Dst.Value, out RuleKey way))
                {
                    hits[way] = new RuleHit(hits[way].Packets + count);
                }
            }
            else if (count > 0)
            {
                if (ways.TryGetValue((uint)packet.Dst.Value, out RuleKey way))
                {
                    hits[way] = new RuleHit(hits[way].Packets + count);
                }

                denied.Add(new DeniedPair(packet.Src, packet.Dst, packet.Proto, kind, count));
                totals[packet.Dst] = totals.GetValueOrDefault(packet.Dst) + count;
            }
        }

        TrafficSample sample = new(
            TimeSpan.FromSeconds(1),
            hits,
            [.. denied.OrderByDescending(pair => pair.Packets).Take(PairsReported)],
            [.. totals.Select(total => new DeniedTotal(total.Key, Direction.Ingress, total.Value))]);
        PlanUpdate update = _planner.Rechoose(sample);
        _plan = update.Plan;
        return ((double)dropped / all, update.Added.Length + update.Removed.Length);
    }

    private double[] Zipf(int count)
    {
        double[] weights = [.. Enumerable.Range(1, count).Select(rank => Math.Pow(rank, -_exponent))];
        double sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }

    private static int[] Shuffled(int count, Random random)
    {
        int[] numbers = [.. Enumerable.Range(0, count)];
        random.Shuffle(numbers);
        return numbers;
    }

    // Null where the rule does not ask for one destination.
    private static uint? DstOf(FlowSpec spec) =>
        spec.Pattern.OfType<Ipv4Item>().FirstOrDefault()?.Dst is { Mask: uint.MaxValue, Last: null } dst ? dst.Spec : null;

    private static IpAddr Own(int pod) => IpAddr.V4(0x0a00_0001u + (uint)pod);

    // The allowed ones first. The same in every run.
    private IpAddr Peer(int pod, Direction direction, int index)
    {
        bool allowed = index < AllowedPeers;
        uint at = _scattered
            ? _places[(((pod * 2) + (int)direction) * (AllowedPeers + DeniedPeers)) + index]
            : (2 * (uint)(allowed ? index : index - AllowedPeers)) + (allowed ? 0u : 1);
        return IpAddr.V4((direction == Direction.Ingress ? 0x0b00_0000u : 0x0c00_0000u) + ((uint)pod << 16) + at);
    }

    private LocalEndpoint Endpoint(int pod)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"pod-{pod:d2}");
        return new LocalEndpoint(
            name,
            "default",
            name,
            [Own(pod)],
            PeerSet.OfAddresses([Own(pod), s_node]),
            DirectionOf(Direction.Ingress, pod),
            DirectionOf(Direction.Egress, pod));
    }

    // Peers of their own for every pod, none of them mergeable, on one TCP and one UDP port.
    private EndpointDirection DirectionOf(Direction direction, int pod)
    {
        PeerSet peers = PeerSet.OfAddresses(Enumerable.Range(0, AllowedPeers).Select(i => Peer(pod, direction, i)));
        PortSet ports = PortSet.Of([new L4PortRange(L4Proto.Tcp, 8080, 8080), new L4PortRange(L4Proto.Udp, 53, 53)]);
        ImmutableArray<RuleOrigin> origins = [new RuleOrigin("uid", "default", "policy", direction, 0, 0, 0)];
        return new EndpointDirection(PolicySet.Of([new AllowRule(peers, ports)]), origins, [origins]);
    }

    private static class FlowFlags
    {
        internal const byte Syn = 0x02;
    }
}
