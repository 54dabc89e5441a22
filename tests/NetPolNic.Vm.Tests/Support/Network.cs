using System.Collections.Immutable;
using NetPolNic.Agent.Packets;
using NetPolNic.Policy.Model;

namespace NetPolNic.Vm.Tests.Support;

/// <summary>Who is behind which port: the node's pods behind port 1, everybody else behind port 0.</summary>
internal sealed class Network
{
    public const string Node = "node-1";

    // Locally administered, unicast.
    private const ulong MacBase = 0x0200_0000_0100;

    /// <summary>The web server's customers, the guest network, a mail relay of each policy, and somebody else.</summary>
    private static readonly string[] s_outside =
        ["203.0.113.7", "198.51.100.7", "192.168.99.5", "2001:db8::7", "fd00:99::5"];

    private readonly ImmutableArray<IpAddr> _addresses;
    private readonly HashSet<IpAddr> _local;
    private readonly Dictionary<IpAddr, IpAddr> _firstOf;

    public Network(ClusterState state)
    {
        _local = [.. state.Pods.Where(pod => pod.NodeName == Node).SelectMany(pod => pod.Addresses)];
        _firstOf = state.Pods.SelectMany(pod => pod.Addresses.Select(addr => (addr, First: pod.Addresses[0])))
            .DistinctBy(pair => pair.addr).ToDictionary(pair => pair.addr, pair => pair.First);
        _addresses =
        [
            .. _local.Order(),
            .. state.Pods.Where(pod => pod.NodeName != Node).SelectMany(pod => pod.Addresses).Order(),
            .. s_outside.Select(IpAddr.Parse),
        ];
    }

    /// <summary>Everybody: pods of the node, other pods, others.</summary>
    public IReadOnlyList<IpAddr> Addresses => _addresses;

    /// <summary>Every pair that the node sees packets of.</summary>
    public IEnumerable<(IpAddr Src, IpAddr Dst)> Pairs =>
        from src in _addresses
        from dst in _addresses
        where src != dst && src.Family == dst.Family && (_local.Contains(src) || _local.Contains(dst))
        select (src, dst);

    /// <summary>Says where everybody is.</summary>
    public IEnumerable<(int Port, byte[] Frame)> Announcements =>
        _addresses.Select(addr => (PortOf(addr), FrameBuilder.Announce(MacOf(addr), addr)));

    /// <summary>
    /// For each port an announcement of an address that is nobody's, with four bytes to spare: it goes to every other port.
    /// </summary>
    public static IEnumerable<(int Port, byte[] Frame)> Sentinels =>
        Enumerable.Range(0, 2).Select(port =>
            (port, FrameBuilder.Announce(MacBase + 0xf0 + (uint)port, IpAddr.V4(0x0afe_fe00 + (uint)port)).Concat(new byte[8]).ToArray()));

    public int PortOf(IpAddr addr) => _local.Contains(addr) ? 1 : 0;

    public byte[] FrameOf(ProbePacket packet, uint tag) => packet.ToFrame(MacOf(packet.Src), MacOf(packet.Dst), tag);

    // A pod has one, whatever its addresses: the fallback's guard sees to it.
    private ulong MacOf(IpAddr addr) => MacBase + (uint)_addresses.IndexOf(_firstOf.GetValueOrDefault(addr, addr));
}
