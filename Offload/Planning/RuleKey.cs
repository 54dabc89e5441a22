using System.Globalization;
using System.IO.Hashing;
using System.Numerics;
using Dpdk.Flow;

namespace NetPolNic.Offload.Planning;

/// <summary>
/// Identity of a rule: a hash of everything that rte_flow is told. Equal rules have equal keys in any process.
/// </summary>
public readonly record struct RuleKey(UInt128 Value) : IComparable<RuleKey>
{
    /// <summary>The key of a rule.</summary>
    public static RuleKey Of(FlowSpec spec)
    {
        KeyWriter content = new(stackalloc byte[KeyWriter.Bytes]);
        Number(ref content, spec.Attr.Group);
        Number(ref content, spec.Attr.Priority);
        Number(ref content, (spec.Attr.Ingress ? 1u : 0) | (spec.Attr.Egress ? 2u : 0) | (spec.Attr.Transfer ? 4u : 0));
        foreach (FlowItem item in spec.Pattern)
        {
            WriteItem(ref content, item);
        }

        Number(ref content, uint.MaxValue);
        foreach (FlowAction action in spec.Actions)
        {
            WriteAction(ref content, action);
        }

        return new RuleKey(XxHash128.HashToUInt128(content.Written));
    }

    /// <summary>The key is a hash already.</summary>
    public override int GetHashCode() => unchecked((int)(uint)Value);

    public int CompareTo(RuleKey other) => Value.CompareTo(other.Value);

    public static bool operator <(RuleKey left, RuleKey right) => left.Value < right.Value;

    public static bool operator <=(RuleKey left, RuleKey right) => left.Value <= right.Value;

    public static bool operator >(RuleKey left, RuleKey right) => left.Value > right.Value;

    public static bool operator >=(RuleKey left, RuleKey right) => left.Value >= right.Value;

    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);

    private static void WriteItem(ref KeyWriter content, FlowItem item)
    {
        switch (item)
        {
            case EthItem eth:
                Number(ref content, 1u);
                Field(ref content, eth.Src);
                Field(ref content, eth.Dst);
                Field(ref content, eth.EtherType);
                break;
            case VlanItem vlan:
                Number(ref content, 2u);
                Field(ref content, vlan.Tci);
                Field(ref content, vlan.InnerType);
                break;
            case Ipv4Item ip:
                Number(ref content, 3u);
                Field(ref content, ip.Src);
                Field(ref content, ip.Dst);
                Field(ref content, ip.Proto);
                Field(ref content, ip.FragmentOffset);
                break;
            case Ipv6Item ip:
                Number(ref content, 4u);
                Field(ref content, ip.Src);
                Field(ref content, ip.Dst);
                Field(ref content, ip.Proto);
                Field(ref content, ip.HasFragExt);
                break;
            case Ipv6FragExtItem fragment:
                Number(ref content, 5u);
                Field(ref content, fragment.FragData);
                break;
            case TcpItem tcp:
                Number(ref content, 6u);
                Field(ref content, tcp.SrcL4Port);
                Field(ref content, tcp.DstL4Port);
                Field(ref content, tcp.Flags);
                break;
            case UdpItem udp:
                Number(ref content, 7u);
                Field(ref content, udp.SrcL4Port);
                Field(ref content, udp.DstL4Port);
                break;
            case SctpItem sctp:
                Number(ref content, 8u);
                Field(ref content, sctp.SrcL4Port);
                Field(ref content, sctp.DstL4Port);
                break;
            case IcmpItem icmp:
                Number(ref content, 9u);
                Field(ref content, icmp.Type);
                Field(ref content, icmp.Code);
                break;
            case Icmp6Item icmp:
                Number(ref content, 10u);
                Field(ref content, icmp.Type);
                Field(ref content, icmp.Code);
                break;
            case RepresentedPortItem represented:
                Number(ref content, 11u);
                Number(ref content, represented.EthPortId);
                break;
            default:
                throw new ArgumentException($"no key form for the item {item.GetType().Name}", nameof(item));
        }
    }

    private static void WriteAction(ref KeyWriter content, FlowAction action)
    {
        (uint tag, uint argument) = action switch
        {
            DropAction => (1u, 0u),
            PassthruAction => (2u, 0u),
            CountAction => (3u, 0u),
            QueueAction queue => (4u, queue.Index),
            RssAction rss => (5u, (uint)rss.Queues.Length),
            MarkAction mark => (6u, mark.Id),
            FlagAction => (7u, 0u),
            JumpAction jump => (8u, jump.Group),
            AgeAction age => (9u, age.TimeoutSeconds),
            RepresentedPortAction represented => (10u, represented.EthPortId),
            _ => throw new ArgumentException($"no key form for the action {action.GetType().Name}", nameof(action)),
        };
        Number(ref content, tag);
        Number(ref content, argument);
        foreach (ushort queue in action is RssAction { Queues: var queues } ? queues : [])
        {
            Number(ref content, queue);
        }
    }

    private static void Field<T>(ref KeyWriter content, FieldMatch<T>? field)
        where T : unmanaged, IBinaryInteger<T>
    {
        Number(ref content, field is null ? 0u : field.Value.Last is null ? 1u : 2u);
        if (field is { } match)
        {
            content.Write(match.Spec);
            content.Write(match.Mask);
            content.Write(match.Last ?? T.Zero);
        }
    }

    private static void Number(ref KeyWriter content, uint value) => content.Write(value);
}
