using System.Buffers;
using System.Buffers.Binary;
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
        ArrayBufferWriter<byte> content = new(128);
        Number(content, spec.Attr.Group);
        Number(content, spec.Attr.Priority);
        Number(content, (spec.Attr.Ingress ? 1u : 0) | (spec.Attr.Egress ? 2u : 0) | (spec.Attr.Transfer ? 4u : 0));
        foreach (FlowItem item in spec.Pattern)
        {
            WriteItem(content, item);
        }

        Number(content, uint.MaxValue);
        foreach (FlowAction action in spec.Actions)
        {
            WriteAction(content, action);
        }

        return new RuleKey(XxHash128.HashToUInt128(content.WrittenSpan));
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

    private static void WriteItem(ArrayBufferWriter<byte> content, FlowItem item)
    {
        switch (item)
        {
            case EthItem eth:
                Number(content, 1u);
                Field(content, eth.Src);
                Field(content, eth.Dst);
                Field(content, eth.EtherType);
                break;
            case VlanItem vlan:
                Number(content, 2u);
                Field(content, vlan.Tci);
                Field(content, vlan.InnerType);
                break;
            case Ipv4Item ip:
                Number(content, 3u);
                Field(content, ip.Src);
                Field(content, ip.Dst);
                Field(content, ip.Proto);
                Field(content, ip.FragmentOffset);
                break;
            case Ipv6Item ip:
                Number(content, 4u);
                Field(content, ip.Src);
                Field(content, ip.Dst);
                Field(content, ip.Proto);
                Field(content, ip.HasFragExt);
                break;
            case Ipv6FragExtItem fragment:
                Number(content, 5u);
                Field(content, fragment.FragData);
                break;
            case TcpItem tcp:
                Number(content, 6u);
                Field(content, tcp.SrcL4Port);
                Field(content, tcp.DstL4Port);
                Field(content, tcp.Flags);
                break;
            case UdpItem udp:
                Number(content, 7u);
                Field(content, udp.SrcL4Port);
                Field(content, udp.DstL4Port);
                break;
            case SctpItem sctp:
                Number(content, 8u);
                Field(content, sctp.SrcL4Port);
                Field(content, sctp.DstL4Port);
                break;
            case IcmpItem icmp:
                Number(content, 9u);
                Field(content, icmp.Type);
                Field(content, icmp.Code);
                break;
            case Icmp6Item icmp:
                Number(content, 10u);
                Field(content, icmp.Type);
                Field(content, icmp.Code);
                break;
            case RepresentedPortItem represented:
                Number(content, 11u);
                Number(content, represented.EthPortId);
                break;
            default:
                throw new ArgumentException($"no key form for the item {item.GetType().Name}", nameof(item));
        }
    }

    private static void WriteAction(ArrayBufferWriter<byte> content, FlowAction action)
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
        Number(content, tag);
        Number(content, argument);
        foreach (ushort queue in action is RssAction { Queues: var queues } ? queues : [])
        {
            Number(content, queue);
        }
    }

    private static void Field<T>(ArrayBufferWriter<byte> content, FieldMatch<T>? field)
        where T : unmanaged, IBinaryInteger<T>
    {
        Number(content, field is null ? 0u : field.Value.Last is null ? 1u : 2u);
        if (field is { } match)
        {
            Wide(content, UInt128.CreateChecked(match.Spec));
            Wide(content, UInt128.CreateChecked(match.Mask));
            Wide(content, UInt128.CreateChecked(match.Last ?? T.Zero));
        }
    }

    private static void Number(ArrayBufferWriter<byte> content, uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(content.GetSpan(4), value);
        content.Advance(4);
    }

    private static void Wide(ArrayBufferWriter<byte> content, UInt128 value)
    {
        BinaryPrimitives.WriteUInt128BigEndian(content.GetSpan(16), value);
        content.Advance(16);
    }
}
