using System.Collections.Immutable;

namespace NetPolNic.Offload.Capabilities;

/// <summary>
/// What a NIC can express, as an allow-list: what is not listed is never used, whatever the driver would accept,
/// because drivers accept rules that they then execute otherwise. Immutable; every fact carries its source.
/// </summary>
public sealed record NicCapabilities
{
    /// <summary>Source of everything that a profile does not list.</summary>
    public const string NotListed = "not listed in the profile";

    /// <summary>Rules that are planned for while nobody knows how many fit.</summary>
    public const int UnknownTableSize = 65536;

    public required string Name { get; init; }

    public required string Description { get; init; }

    /// <summary>Pattern items, each with the source of the fact.</summary>
    public required ImmutableSortedDictionary<NicItem, string> Items { get; init; }

    /// <summary>Mask kinds of fields; a field that is not listed is <see cref="MaskKind.None"/>.</summary>
    public required ImmutableSortedDictionary<MatchField, CapabilityFact<MaskKind>> Fields { get; init; }

    /// <summary>Actions, each with the source of the fact.</summary>
    public required ImmutableSortedDictionary<NicAction, string> Actions { get; init; }

    /// <summary>Priorities of group 0, numbered from <see cref="FirstPriority"/>.</summary>
    public required CapabilityFact<int> Priorities { get; init; }

    /// <summary>The lowest number of a priority.</summary>
    public int FirstPriority { get; init; }

    /// <summary>The highest number is the highest priority, against the rte_flow rule.</summary>
    public required bool PrioritiesReversed { get; init; }

    /// <summary>Priorities of the groups above 0, numbered from 0; none where they are not known.</summary>
    public CapabilityFact<int> GroupPriorities { get; init; } = new(0, NotListed);

    /// <summary>Groups, group 0 included.</summary>
    public required CapabilityFact<int> Groups { get; init; }

    /// <summary>
    /// Rules that fit, all groups together; <see cref="UnknownTableSize"/> where <see cref="IsTableSizeKnown"/> is false.
    /// </summary>
    public required CapabilityFact<int> TableSize { get; init; }

    /// <summary>False where nobody knows how many rules fit: the first refusal tells (<see cref="LearnTableSize"/>).</summary>
    public bool IsTableSizeKnown { get; init; } = true;

    public required CapabilityFact<FragmentL4> L4OnFragments { get; init; }

    public required CapabilityFact<Ipv6Extensions> Ipv6Extensions { get; init; }

    /// <summary>What a match on ipv6.proto is compared with.</summary>
    public CapabilityFact<Ipv6Proto> Ipv6ProtoIs { get; init; } = new(Ipv6Proto.Unknown, NotListed);

    /// <summary>The attribute that rules stand under; under any but ingress no action is usable.</summary>
    public CapabilityFact<RuleDirection> Direction { get; init; } = new(RuleDirection.Ingress, NotListed);

    /// <summary>
    /// Bad habits of the driver, by the emulated NIC's names for them (its README), each with what is known of it. The
    /// allow-list is such that none of them decides a packet wrong.
    /// </summary>
    public ImmutableSortedDictionary<string, string> Habits { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public bool Has(NicItem item) => Items.ContainsKey(item);

    /// <summary>Whether rules of this version can have the action.</summary>
    public bool Has(NicAction action) => Direction.Value == RuleDirection.Ingress && Actions.ContainsKey(action);

    /// <summary>
    /// The same NIC with room for <paramref name="rules"/> rules, where a refusal has shown that no more fit; never more than
    /// before.
    /// </summary>
    public NicCapabilities LearnTableSize(int rules) => rules >= TableSize.Value
        ? this
        : this with
        {
            TableSize = new CapabilityFact<int>(Math.Max(rules, 0), "learned: the driver refused one more rule"),
            IsTableSizeKnown = true,
        };

    /// <summary>How the field can be matched; <see cref="MaskKind.None"/> where its item is missing.</summary>
    public MaskKind KindOf(MatchField field) =>
        Has(ItemOf(field)) && Fields.TryGetValue(field, out CapabilityFact<MaskKind> fact) ? fact.Value : MaskKind.None;

    /// <summary>Where the kind of the field is known from.</summary>
    public string SourceOf(MatchField field)
    {
        if (!Has(ItemOf(field)))
        {
            return $"{Name}: item {CapabilityNames.Of(ItemOf(field))} is {NotListed}";
        }

        string source = Fields.TryGetValue(field, out CapabilityFact<MaskKind> fact) ? fact.Source : NotListed;
        return $"{Name}: {CapabilityNames.Of(field)} {CapabilityNames.Of(KindOf(field))}, {source}";
    }

    /// <summary>The item that a field belongs to.</summary>
    public static NicItem ItemOf(MatchField field) => field switch
    {
        MatchField.EthSrc or MatchField.EthDst or MatchField.EthType => NicItem.Eth,
        MatchField.VlanTci or MatchField.VlanType => NicItem.Vlan,
        MatchField.Ipv4Src or MatchField.Ipv4Dst or MatchField.Ipv4Proto or MatchField.Ipv4Frag => NicItem.Ipv4,
        MatchField.Ipv6Src or MatchField.Ipv6Dst or MatchField.Ipv6Proto or MatchField.Ipv6HasFrag => NicItem.Ipv6,
        MatchField.Ipv6FragData => NicItem.Ipv6FragExt,
        MatchField.TcpSrc or MatchField.TcpDst or MatchField.TcpFlags => NicItem.Tcp,
        MatchField.UdpSrc or MatchField.UdpDst => NicItem.Udp,
        MatchField.SctpSrc or MatchField.SctpDst => NicItem.Sctp,
        MatchField.IcmpType or MatchField.IcmpCode => NicItem.Icmp,
        MatchField.Icmp6Type or MatchField.Icmp6Code => NicItem.Icmp6,
        _ => throw new ArgumentOutOfRangeException(nameof(field), field, null),
    };

    /// <summary>
    /// Device arguments that make the emulated NIC behave by these capabilities: everything is spelled out, so nothing
    /// depends on the driver's own profile of the same name; where something is unknown, the answer that matches the most
    /// packets is taken. Without the leading device name.
    /// </summary>
    public string ToEmunicArgs()
    {
        IEnumerable<string> masks = Enum.GetValues<MatchField>()
            .Select(field => $"{CapabilityNames.Of(field)}:{CapabilityNames.Of(KindOf(field))}");
        string[] arguments =
        [
            "items=" + string.Join('+', Items.Keys.Select(CapabilityNames.Of)),
            "masks=" + string.Join('+', masks.Prepend("*:none")),
            "actions=" + string.Join('+', Actions.Keys.Select(CapabilityNames.Of)),
            $"prios={FirstPriority + Priorities.Value}",
            $"prio_reverse={(PrioritiesReversed ? 1 : 0)}",
            $"gprios={Math.Max(GroupPriorities.Value, 1)}",
            $"groups={Groups.Value}",
            $"size={TableSize.Value}",
            $"frag_l4={CapabilityNames.Of(Or(L4OnFragments.Value, FragmentL4.Unknown, FragmentL4.Any))}",
            $"v6ext={CapabilityNames.Of(Or(Ipv6Extensions.Value, Capabilities.Ipv6Extensions.Unknown, default))}",
            $"v6proto={CapabilityNames.Of(Or(Ipv6ProtoIs.Value, Ipv6Proto.Unknown, default))}",
        ];
        return string.Join(',', arguments);
    }

    private static T Or<T>(T value, T unknown, T instead)
        where T : struct, Enum => EqualityComparer<T>.Default.Equals(value, unknown) ? instead : value;
}
