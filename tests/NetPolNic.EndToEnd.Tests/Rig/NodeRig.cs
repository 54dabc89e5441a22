using System.Collections.Immutable;
using Dpdk.Ethdev;
using NetPolNic.Agent.Emulation;
using NetPolNic.Agent.Packets;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;
using NetPolNic.TestSupport;

namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>
/// An emulated node with every address of the universe behind one of its ports, and a look at the ports themselves.
/// </summary>
internal sealed class NodeRig : IDisposable
{
    // Locally administered, unicast.
    private const ulong MacBase = 0x0200_0000_0100;

    private static readonly ImmutableArray<IpAddr> s_addresses =
        [.. Universe.Addresses(IpFamily.V4).Concat(Universe.Addresses(IpFamily.V6))];

    private readonly HashSet<IpAddr> _local = [];

    /// <param name="profile">Name of the NIC profile.</param>
    /// <param name="keep">Connections that a change forbids live on.</param>
    /// <param name="quirk">Quirk of the emulated NIC, or null.</param>
    public NodeRig(string profile, bool keep = false, string? quirk = null)
        : this(NicProfiles.Load(profile), keep, quirk)
    {
    }

    /// <param name="nic">What is planned for.</param>
    /// <param name="keep">Connections that a change forbids live on.</param>
    /// <param name="quirk">Quirk of the emulated NIC, or null.</param>
    /// <param name="emulated">What the NIC really is, where that is not known.</param>
    /// <param name="device">Further arguments of the emulated NIC, or null.</param>
    public NodeRig(
        NicCapabilities nic, bool keep, string? quirk, NicCapabilities? emulated = null, string? device = null)
    {
        HashSet<string> before = [.. EmulatedEal.Instance.Ports.Select(port => port.Name)];
        Nic = nic;

        // Here an address has a MAC address, not a pod: one that several pods claim has no other.
        Node = new EmulatedNode(Nic, keep, quirk, emulated, guardsSources: false, device);
        EthPort[] opened = [.. EmulatedEal.Instance.Ports.Where(port => !before.Contains(port.Name))];
        Ports = [opened.Single(port => port.Name.Contains("_up", StringComparison.Ordinal)),
            opened.Single(port => port.Name.Contains("_pods", StringComparison.Ordinal))];
        foreach (EthPort port in Ports)
        {
            port.WatchEvents();
        }
    }

    public NicCapabilities Nic { get; }

    public EmulatedNode Node { get; }

    /// <summary>The DPDK ports by <see cref="EmulatedPort"/>.</summary>
    public ImmutableArray<EthPort> Ports { get; }

    public static ulong MacOf(IpAddr addr) => MacBase + (uint)s_addresses.IndexOf(addr);

    public EmulatedPort PortOf(IpAddr addr) => _local.Contains(addr) ? EmulatedPort.Pods : EmulatedPort.Uplink;

    /// <summary>Puts a first policy in force, and lets every address say where it is.</summary>
    public void Start(PolicySnapshot snapshot)
    {
        Node.Apply(snapshot);
        Settle(snapshot);
    }

    /// <summary>Addresses have new places: forgets connections, and has every address announced.</summary>
    public void Settle(PolicySnapshot snapshot)
    {
        _local.Clear();
        _local.UnionWith(snapshot.Endpoints.SelectMany(endpoint => endpoint.Addresses));
        Node.ForgetConnections();
        foreach (IpAddr addr in s_addresses)
        {
            Node.Send(PortOf(addr), FrameBuilder.Announce(MacOf(addr), addr));
        }
    }

    /// <summary>
    /// What the agent does once a port has reset itself: starts it again, forgets what it held, installs the plan.
    /// </summary>
    public void Recover(PolicySnapshot snapshot)
    {
        foreach (EmulatedPort port in (EmulatedPort[])[EmulatedPort.Uplink, EmulatedPort.Pods])
        {
            Assert.True(Ports[(int)port].TakeEvents() is EthPortEvents.None or EthPortEvents.Reset);
            Ports[(int)port].Stop();
            Node.ReconcilerOf(port).ForgetInstalled();
            Ports[(int)port].Start();
        }

        Node.Apply(snapshot);
        Settle(snapshot);
    }

    /// <summary>Sends a packet from its source's port to its destination's MAC.</summary>
    public Outcome Send(ProbePacket packet, Dressing dressing = Dressing.None)
    {
        EmulatedPort from = PortOf(packet.Src);
        (ulong drops, ulong marks) = NicCounts(from);
        SendResult result = Node.Send(from, dressing.Dress(packet.ToFrame(MacOf(packet.Src), MacOf(packet.Dst))));
        (ulong dropsAfter, ulong marksAfter) = NicCounts(from);
        return new Outcome(result.DeliveredTo, dropsAfter != drops, marksAfter != marks);
    }

    /// <summary>Rules that the port says it holds.</summary>
    public int RulesIn(EmulatedPort port) => (int)Ports[(int)port].ReadXstats()["emunic_rules"];

    /// <summary>Rules of the plan in force that are in no port, drops and passes only.</summary>
    public ImmutableArray<PlannedRule> NotRealized(EmulatedPort port)
    {
        HashSet<RuleKey> realized = [.. Node.ReconcilerOf(port).Realized.Select(rule => rule.Key)];
        return [.. Node.Plan.Rules.Where(rule => rule.Verdict != RuleVerdict.Punt && !realized.Contains(rule.Key))];
    }

    public void Dispose() => Node.Dispose();

    private (ulong Drops, ulong Marks) NicCounts(EmulatedPort port)
    {
        IReadOnlyDictionary<string, ulong> counters = Ports[(int)port].ReadXstats();
        return (counters["emunic_rx_dropped_by_rule"], counters["emunic_rx_marked"]);
    }
}
