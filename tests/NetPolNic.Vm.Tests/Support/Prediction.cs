using System.Collections.Immutable;
using NetPolNic.Agent.Packets;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Vm.Tests.Support;

/// <summary>A policy as planned for net_tap, and what it says of packets: rule interpreter and connection model.</summary>
internal sealed class Prediction
{
    private readonly FlowTableInterpreter _table;
    private readonly PolicyEvaluator _policy;
    private readonly Network _network;

    public Prediction(ClusterState state, Network network)
    {
        _network = network;
        NicCapabilities nic = NicProfiles.Load("tap");
        _policy = new PolicyEvaluator(state);
        Plan = OffloadPlanner.Plan(new PolicyResolver(IsolationMode.Auto).Resolve(state, Network.Node), nic, PlanOptions.Default);
        _table = new FlowTableInterpreter(Plan.Rules.Select(rule => rule.Spec), nic);
    }

    public OffloadPlan Plan { get; }

    /// <summary>What becomes of packets that are sent one after the other to an agent that knows no connection.</summary>
    /// <param name="packets">The packets.</param>
    /// <param name="firstTag">Tag of the first one; the others count up.</param>
    public ImmutableArray<SentFrame> Of(IEnumerable<ProbePacket> packets, uint firstTag)
    {
        ConnectionOracle oracle = new(_policy, EstablishedMode.Cut, Network.Node);
        return
        [
            .. packets.Select((packet, index) =>
            {
                TableDecision decision = _table.Decide(packet.ToHeaders());
                return new SentFrame(
                    firstTag + (uint)index,
                    _network.PortOf(packet.Src),
                    _network.PortOf(packet.Dst),
                    packet,
                    decision.Verdict == RuleVerdict.Drop,
                    decision.Rule,
                    oracle.Decide(packet.ToAbstract()) == Verdict.Allow);
            }),
        ];
    }

    public bool DeniedInAnyState(ProbePacket packet) => Oracle().DeniedInAnyState(packet.ToAbstract());

    public bool AllowedInAnyState(ProbePacket packet) => Oracle().AllowedInAnyState(packet.ToAbstract());

    /// <summary>Hits of the rules of a port.</summary>
    /// <param name="sent">What was sent.</param>
    /// <param name="port">The port.</param>
    /// <param name="announced">The network's announcements went before; those of IPv6 are packets that rules match.</param>
    public HitBounds Hits(IEnumerable<SentFrame> sent, int port, bool announced)
    {
        HitBounds hits = new();
        foreach (SentFrame frame in sent.Where(frame => frame.Port == port))
        {
            hits.Add(Best(frame.Packet.ToHeaders()));
        }

        IpAddr allNodes = IpAddr.V6(((UInt128)0xff02 << 112) | 1);
        foreach (IpAddr addr in _network.Addresses.Where(
            addr => announced && addr.Family == IpFamily.V6 && _network.PortOf(addr) == port))
        {
            hits.Add(Best(new PacketHeaders(addr, allNodes, 58) { IcmpType = 136 }));
        }

        return hits;
    }

    private List<string> Best(PacketHeaders packet) => _table.Decide(packet).Rule is { } rule
        ?
        [
            .. Plan.Rules.Where(other => other.Spec.Attr == rule.Attr && _table.Matches(other.Spec.Pattern, packet))
                .Select(other => KernelRule.TextOf(other.Spec)),
        ]
        : [];

    private ConnectionOracle Oracle() => new(_policy, EstablishedMode.Cut, Network.Node);
}
