using System.Globalization;
using System.Text.Json;
using Dpdk.Flow;
using NetPolNic.Policy.Model;

namespace NetPolNic.Vm.Tests.Support;

/// <summary>
/// A rule as the kernel's tc flower holds it, in a canonical text that a planned rule has as well:
/// "2 ipv4 dst=10.0.0.1/ffffffff proto=6 dport=80 drop".
/// </summary>
/// <param name="Text">Priority, match and action.</param>
/// <param name="Hits">Packets that the action has seen.</param>
internal sealed record KernelRule(string Text, ulong Hits)
{
    /// <summary>tc counts from 1, and net_tap keeps 16 for itself, one a queue (tap_flow.c, RTE_PMD_TAP_MAX_QUEUES).</summary>
    private const uint FirstPriority = 17;

    private static readonly Dictionary<string, string> s_protos = new()
    {
        ["tcp"] = "6",
        ["udp"] = "17",
        ["sctp"] = "132",
        ["icmp"] = "1",
        ["icmpv6"] = "58",
    };

    private static readonly HashSet<string> s_understood =
        ["eth_type", "ip_proto", "src_ip", "dst_ip", "src_port", "dst_port"];

    /// <summary>
    /// The rules of "tc -s -j filter show". Rules of the driver's own, which send what nothing else matches to the queues, are left out.
    /// </summary>
    public static IReadOnlyList<KernelRule> Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        List<KernelRule> rules = [];
        foreach (JsonElement filter in document.RootElement.EnumerateArray())
        {
            if (filter.TryGetProperty("options", out JsonElement options) && options.TryGetProperty("keys", out JsonElement keys) &&
                filter.GetProperty("kind").GetString() == "flower")
            {
                rules.Add(Of(filter.GetProperty("pref").GetUInt32(), keys, options));
            }
        }

        return rules;
    }

    /// <summary>How a planned rule must look in the kernel.</summary>
    public static string TextOf(FlowSpec spec)
    {
        List<string> words = [];
        string? proto = null;
        foreach (FlowItem item in spec.Pattern)
        {
            switch (item)
            {
                case EthItem { Src: null, Dst: null } eth:
                    words.AddRange(eth.EtherType is { } type ? [EtherType(type.Spec)] : []);
                    break;
                case Ipv4Item { FragmentOffset: null } ip:
                    Family("ipv4");
                    Address("src", ip.Src is { } src ? (IpAddr.V4(src.Spec), IpAddr.V4(src.Mask)) : null);
                    Address("dst", ip.Dst is { } dst ? (IpAddr.V4(dst.Spec), IpAddr.V4(dst.Mask)) : null);
                    proto = ip.Proto is { } v4 ? Number(v4.Spec) : proto;
                    break;
                case Ipv6Item { HasFragExt: null } ip:
                    Family("ipv6");
                    Address("src", ip.Src is { } src6 ? (IpAddr.V6(src6.Spec), IpAddr.V6(src6.Mask)) : null);
                    Address("dst", ip.Dst is { } dst6 ? (IpAddr.V6(dst6.Spec), IpAddr.V6(dst6.Mask)) : null);
                    proto = ip.Proto is { } v6 ? Number(v6.Spec) : proto;
                    break;
                case TcpItem { Flags: null } tcp:
                    proto = "6";
                    Ports(tcp.SrcL4Port, tcp.DstL4Port);
                    break;
                case UdpItem udp:
                    proto = "17";
                    Ports(udp.SrcL4Port, udp.DstL4Port);
                    break;
                default:
                    throw new InvalidDataException($"net_tap cannot have taken {TestpmdSyntax.FormatPattern(spec.Pattern)}");
            }
        }

        words.AddRange(proto is null ? [] : [$"proto={proto}"]);
        string action = spec.Actions.Select(a => a switch
        {
            DropAction => "drop",
            QueueAction queue => $"queue={Number(queue.Index)}",
            _ => null,
        }).OfType<string>().Single();
        return Canonical(spec.Attr.Priority, words, action);

        void Family(string name)
        {
            if (!words.Contains(name))
            {
                words.Add(name);
            }
        }

        void Address(string name, (IpAddr Value, IpAddr Mask)? match) =>
            words.AddRange(match is { } m && m.Mask.Value != 0 ? [$"{name}={m.Value}/{m.Mask}"] : []);

        void Ports(FieldMatch<ushort>? source, FieldMatch<ushort>? target)
        {
            words.AddRange(source is { Mask: 0xffff } s ? [$"sport={Number(s.Spec)}"] : []);
            words.AddRange(target is { Mask: 0xffff } t ? [$"dport={Number(t.Spec)}"] : []);
        }
    }

    private static KernelRule Of(uint priority, JsonElement keys, JsonElement options)
    {
        List<string> words = [];
        foreach (JsonProperty key in keys.EnumerateObject())
        {
            string value = key.Value.ValueKind == JsonValueKind.String ? key.Value.GetString()! : key.Value.GetRawText();
            words.Add(key.Name switch
            {
                "eth_type" => EtherTypeName(value),
                "ip_proto" => $"proto={s_protos.GetValueOrDefault(value, value)}",
                "src_ip" => $"src={Masked(value)}",
                "dst_ip" => $"dst={Masked(value)}",
                "src_port" => $"sport={value}",
                "dst_port" => $"dport={value}",
                _ => $"{key.Name}?{value}",
            });
        }

        JsonElement action = options.GetProperty("actions").EnumerateArray().Single();
        string text = action.GetProperty("kind").GetString() switch
        {
            "gact" => action.GetProperty("control_action").GetProperty("type").GetString() is "drop" or "shot"
                ? "drop"
                : action.GetProperty("control_action").GetRawText(),
            "skbedit" => $"queue={(action.TryGetProperty("queue_mapping", out JsonElement queue) ? queue.GetRawText() : "?")}",
            var other => $"{other}?",
        };
        ulong hits = action.TryGetProperty("stats", out JsonElement stats) ? stats.GetProperty("packets").GetUInt64() : 0;
        return new KernelRule(Canonical(priority - FirstPriority, words, text), hits);
    }

    private static string Canonical(uint priority, List<string> words, string action) =>
        $"{Number(priority)} {string.Join(' ', words.Order(StringComparer.Ordinal))} {action}";

    private static string Masked(string value)
    {
        string[] parts = value.Split('/');
        IpAddr addr = IpAddr.Parse(parts[0]);
        bool v4 = addr.Family == IpFamily.V4;
        if (parts.Length > 1 && !int.TryParse(parts[1], CultureInfo.InvariantCulture, out _))
        {
            return $"{addr}/{IpAddr.Parse(parts[1])}";
        }

        int length = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : addr.Bits;
        UInt128 all = v4 ? uint.MaxValue : UInt128.MaxValue;
        UInt128 mask = length == 0 ? 0 : all & (all << (addr.Bits - length));
        return $"{addr}/{(v4 ? IpAddr.V4((uint)mask) : IpAddr.V6(mask))}";
    }

    private static string EtherType(ushort type) => type switch
    {
        0x0800 => "ipv4",
        0x86dd => "ipv6",
        _ => Number(type),
    };

    private static string EtherTypeName(string name) => name switch
    {
        "ip" or "ipv4" => "ipv4",
        "ipv6" => "ipv6",
        _ => name,
    };

    private static string Number<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}
