using System.Globalization;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Live;

/// <summary>What a cell of the live matrix asks: may this be opened?</summary>
/// <param name="IpProto">6, 17, 132, or 1 for a ping of either family.</param>
/// <param name="L4Port">Destination port; 0 for a ping.</param>
/// <param name="Family">IPv4 or IPv6.</param>
internal readonly record struct LiveQuestion(byte IpProto, ushort L4Port, IpFamily Family)
{
    /// <summary>IP protocol number of a ping over IPv4.</summary>
    public const byte Icmp = 1;

    /// <summary>IP protocol number of a ping over IPv6.</summary>
    public const byte Icmp6 = 58;

    /// <summary>The number that policy is asked about.</summary>
    public byte WireProto => IpProto == Icmp && Family == IpFamily.V6 ? Icmp6 : IpProto;

    /// <summary>"TCP/80", "ping".</summary>
    public string What => IpProto == Icmp
        ? "ping"
        : string.Create(CultureInfo.InvariantCulture, $"{((L4Proto)IpProto).ToString().ToUpperInvariant()}/{L4Port}");

    /// <summary>"IPv4" or "IPv6".</summary>
    public string FamilyName => Family == IpFamily.V4 ? "IPv4" : "IPv6";

    /// <summary>"TCP/80 IPv6".</summary>
    public override string ToString() => $"{What} {FamilyName}";
}
