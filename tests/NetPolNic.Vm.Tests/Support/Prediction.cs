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

    /// <summary>Hits of each rule on a port, by its canonical text; rules without any are missing.</summary>
    public static Dictionary<string, ulong> Hits(IEnumerable<SentFrame> sent, int port) => sent
        .Where(frame => frame.Port == port && frame.Rule is not null)
        .GroupBy(frame => KernelRule.TextOf(frame.Rule!))
        .ToDictionary(group => group.Key, group => (ulong)group.Count());

    /// <summary>Adds the hits of the neighbour advertisements among the network's announcements.</summary>
    public void AddAnnouncements(Dictionary<string, ulong> hits, int port)
    {
        IpAddr allNodes = IpAddr.V6(((UInt128)0xff02 << 112) | 1);
        foreach (IpAddr addr in _network.Addresses.Where(addr => addr.Family == IpFamily.V6 && _network.PortOf(addr) == port))
        {
            if (_table.Decide(new PacketHeaders(addr, allNodes, 58) { IcmpType = 136 }).Rule is { } rule)
            {
                string text = KernelRule.TextOf(rule);
                hits[text] = hits.GetValueOrDefault(text) + 1;
            }
        }
    }

    private ConnectionOracle Oracle() => new(_policy, EstablishedMode.Cut, Network.Node);
}
