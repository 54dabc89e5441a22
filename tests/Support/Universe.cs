using NetPolNic.Policy.Model;

namespace NetPolNic.TestSupport;

/// <summary>The few names, addresses and ports that random clusters are made of, so that policies hit often.</summary>
public static class Universe
{
    public const int PodCount = 8;

    public static IReadOnlyList<string> Namespaces { get; } = ["x", "y", "z"];

    public static IReadOnlyList<string> Nodes { get; } = ["n1", "n2"];

    public static IReadOnlyList<string> PortNames { get; } = ["http", "dns", "admin"];

    /// <summary>Port numbers in policies and pods, and their neighbours.</summary>
    public static IReadOnlyList<ushort> Numbers { get; } =
        [0, 1, 52, 53, 54, 79, 80, 81, 82, 83, 8079, 8080, 8081, 65535];

    /// <summary>TCP, UDP, SCTP, ICMP, ICMPv6, GRE.</summary>
    public static IReadOnlyList<byte> Protocols { get; } = [6, 6, 6, 17, 17, 132, 1, 58, 47];

    /// <summary>Blocks of ipBlock peers; each exception lies strictly inside.</summary>
    public static IReadOnlyList<IpBlock> Blocks { get; } =
    [
        Block("10.0.0.0/8"),
        Block("10.0.0.0/29"),
        Block("10.0.0.0/28", "10.0.0.4/30"),
        Block("10.0.0.0/29", "10.0.0.1/32", "10.0.0.6/31"),
        Block("10.0.0.2/32"),
        Block("0.0.0.0/0", "10.0.0.0/8"),
        Block("0.0.0.0/0"),
        Block("8.8.8.0/24"),
        Block("::/0"),
        Block("::/0", "fd00::/64"),
        Block("fd00::/120", "fd00::4/126"),
        Block("fd00::3/128"),
        Block("2001:db8::/32"),
    ];

    /// <summary>Addresses outside the cluster, and one inside that no pod has.</summary>
    public static IReadOnlyList<IpAddr> External { get; } =
        [.. "8.8.8.8 1.1.1.1 10.0.0.14 2001:db8::1 fd00::e".Split(' ').Select(IpAddr.Parse)];

    /// <summary>The address that pod number 0..7 has in a family unless a test wants a clash.</summary>
    public static IpAddr PodAddress(int pod, IpFamily family) => family == IpFamily.V4
        ? IpAddr.V4(0x0a000001 + (uint)pod)
        : IpAddr.V6(((UInt128)0xfd00 << 112) + 1 + (UInt128)(uint)pod);

    /// <summary>The address of node number 0..1 in a family.</summary>
    public static IpAddr NodeAddress(int node, IpFamily family) => family == IpFamily.V4
        ? IpAddr.V4(0x0a000101 + (uint)node)
        : IpAddr.V6(((UInt128)0xfd00_0001 << 96) + 1 + (UInt128)(uint)node);

    /// <summary>Every address that a probe may ask about: pods, nodes, external ones.</summary>
    public static IReadOnlyList<IpAddr> Addresses(IpFamily family) =>
    [
        .. Enumerable.Range(0, PodCount).Select(i => PodAddress(i, family)),
        .. Enumerable.Range(0, Nodes.Count).Select(i => NodeAddress(i, family)),
        .. External.Where(a => a.Family == family),
    ];

    private static IpBlock Block(string cidr, params string[] except) =>
        new(IpPrefix.Parse(cidr), [.. except.Select(IpPrefix.Parse)]);
}
