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

    public required string Name { get; init; }

    public required string Description { get; init; }

    /// <summary>Pattern items, each with the source of the fact.</summary>
    public required ImmutableSortedDictionary<NicItem, string> Items { get; init; }

    /// <summary>Mask kinds of fields; a field that is not listed is <see cref="MaskKind.None"/>.</summary>
    public required ImmutableSortedDictionary<MatchField, CapabilityFact<MaskKind>> Fields { get; init; }

    /// <summary>Actions, each with the source of the fact.</summary>
    public required ImmutableSortedDictionary<NicAction, string> Actions { get; init; }

    /// <summary>Priorities of group 0, numbered from 0.</summary>
    public required CapabilityFact<int> Priorities { get; init; }

    /// <summary>The highest number is the highest priority, against the rte_flow rule.</summary>
    public required bool PrioritiesReversed { get; init; }

    /// <summary>Groups, group 0 included.</summary>
    public required CapabilityFact<int> Groups { get; init; }

    /// <summary>Rules that fit, all groups together.</summary>
    public required CapabilityFact<int> TableSize { get; init; }

    public required CapabilityFact<FragmentL4> L4OnFragments { get; init; }

    public required CapabilityFact<Ipv6Extensions> Ipv6Extensions { get; init; }

    public bool Has(NicItem item) => Items.ContainsKey(item);

    public bool Has(NicAction action) => Actions.ContainsKey(action);

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
    /// depends on the driver's own profile of the same name. Without the leading device name.
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
            $"prios={Priorities.Value}",
            $"prio_reverse={(PrioritiesReversed ? 1 : 0)}",
            $"groups={Groups.Value}",
            $"size={TableSize.Value}",
            $"frag_l4={(L4OnFragments.Value == FragmentL4.First ? "first" : "miss")}",
            $"v6ext={(Ipv6Extensions.Value == Capabilities.Ipv6Extensions.Parse ? "parse" : "none")}",
        ];
        return string.Join(',', arguments);
    }
}
