using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Text;
using Dpdk.Flow;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Output;

/// <summary>
/// A rule's pattern in one short line for people: "tcp 10.244.1.0/24 → 10.244.1.10:6379 SYN". Testpmd's words, which are
/// exact and long, are what <c>-o testpmd</c> and <c>-o json</c> print.
/// </summary>
internal static class RuleText
{
    /// <summary>The pattern, and what the rule is for where that is not plain to see.</summary>
    public static string Of(PlannedRule rule) => Of(rule.Spec.Pattern) + (rule.IsHotPair ? " (hot pair)" : "");

    public static string Of(ImmutableArray<FlowItem> pattern)
    {
        string proto = "";
        (string Src, string Dst) addrs = ("any", "any");
        (string Src, string Dst) ports = ("", "");
        StringBuilder more = new();
        foreach (FlowItem item in pattern)
        {
            switch (item)
            {
                case Ipv4Item ip:
                    proto = ProtoName(ip.Proto) ?? "ipv4";
                    addrs = (V4(ip.Src), V4(ip.Dst));
                    more.Append(ip.FragmentOffset is { Spec: 0 } ? " whole" : ip.FragmentOffset is null ? "" : " fragment");
                    break;
                case Ipv6Item ip:
                    proto = ProtoName(ip.Proto) ?? "ipv6";
                    addrs = (V6(ip.Src), V6(ip.Dst));
                    more.Append(ip.HasFragExt is { Spec: 0 } ? " whole" : ip.HasFragExt is null ? "" : " fragment");
                    break;
                case TcpItem tcp:
                    proto = "tcp";
                    ports = (L4(tcp.SrcL4Port), L4(tcp.DstL4Port));
                    more.Append(Flags(tcp.Flags));
                    break;
                case UdpItem udp:
                    proto = "udp";
                    ports = (L4(udp.SrcL4Port), L4(udp.DstL4Port));
                    break;
                case SctpItem sctp:
                    proto = "sctp";
                    ports = (L4(sctp.SrcL4Port), L4(sctp.DstL4Port));
                    break;
                case IcmpItem:
                    proto = "icmp";
                    break;
                case Icmp6Item:
                    proto = "icmp6";
                    break;
                default:
                    break;
            }
        }

        return $"{proto} {addrs.Src}{ports.Src} → {addrs.Dst}{ports.Dst}{more}";
    }

    /// <summary>The fate of a rule in one word or two.</summary>
    public static string Of(ImmutableArray<FlowAction> actions)
    {
        IEnumerable<string> words = actions.Select(action => action switch
        {
            DropAction => "drop",
            MarkAction mark => string.Create(CultureInfo.InvariantCulture, $"mark {mark.Id}"),
            QueueAction queue => string.Create(CultureInfo.InvariantCulture, $"queue {queue.Index}"),
            RssAction => "rss",
            JumpAction jump => string.Create(CultureInfo.InvariantCulture, $"jump {jump.Group}"),
            PassthruAction => "passthru",
            _ => "",
        });
        return string.Join(", ", words.Where(word => word.Length > 0));
    }

    private static string? ProtoName(FieldMatch<byte>? field) => field switch
    {
        null or { Mask: 0 } => null,
        { Spec: 6 } => "tcp",
        { Spec: 17 } => "udp",
        { Spec: 132 } => "sctp",
        { Spec: 1 } => "icmp",
        { Spec: 58 } => "icmp6",
        _ => string.Create(CultureInfo.InvariantCulture, $"proto {field.Value.Spec}"),
    };

    private static string V4(FieldMatch<uint>? field) => field is not { } match || match.Mask == 0
        ? "any"
        : Addr(IpAddr.V4(match.Spec), BitOperations.PopCount(match.Mask));

    private static string V6(FieldMatch<UInt128>? field) => field is not { } match || match.Mask == 0
        ? "any"
        : Addr(IpAddr.V6(match.Spec), (int)UInt128.PopCount(match.Mask));

    private static string Addr(IpAddr addr, int maskBits) =>
        addr.Bits == maskBits ? Bracketed(addr) : new IpPrefix(addr, maskBits).ToString();

    private static string Bracketed(IpAddr addr) => addr.Family == IpFamily.V6 ? $"[{addr}]" : addr.ToString();

    private static string L4(FieldMatch<ushort>? field)
    {
        if (field is not { } match || match.Mask == 0)
        {
            return "";
        }

        int last = match.Last ?? (match.Spec | (ushort.MaxValue & ~match.Mask));
        return last == match.Spec
            ? string.Create(CultureInfo.InvariantCulture, $":{match.Spec}")
            : string.Create(CultureInfo.InvariantCulture, $":{match.Spec}-{last}");
    }

    private static string Flags(FieldMatch<byte>? field) => field switch
    {
        null or { Mask: 0 } => "",
        { Spec: 0x02, Mask: 0x12 } => " SYN",
        { Spec: 0x10, Mask: 0x10 } => " ACK",
        { Spec: 0, Mask: 0x02 } => " no SYN",
        { } match => string.Create(CultureInfo.InvariantCulture, $" flags {match.Spec:x2}/{match.Mask:x2}"),
    };
}
