using System.Collections.Immutable;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>The bad habits of the emulated NIC, and what a profile says of a NIC that has one.</summary>
internal static class Habits
{
    /// <summary>Decide packets otherwise than the rules say, silently; a profile must declare them.</summary>
    public static ImmutableArray<string> Silent { get; } =
    [
        "widen", "ignore_last", "ignore_group", "ignore_frag", "prio_flip", "prio_ignore", "ack_drop", "ip_other",
        "l4_frag_miss", "l4_by_proto", "v6proto_last",
    ];

    /// <summary>Need nothing of a profile.</summary>
    public static ImmutableArray<string> Open { get; } =
    [
        "tie_worse", "validate_lies", "error_unset", "query_fails", "slow:1", "enospc:7", "fail_nth:2:EIO", "fail_call:3:EBUSY",
        "fail_call:5:ENOTSUP", "tie_worse+validate_lies+error_unset+query_fails+fail_call:4:ENOMEM",
    ];

    /// <summary>The profile of a NIC that is like <paramref name="nic"/> but for the habit.</summary>
    public static NicCapabilities Declare(this NicCapabilities nic, string habit) => habit switch
    {
        "widen" => nic.Narrow(MaskKind.Exact, field => field is not MatchField.Ipv4Frag),
        "ignore_last" => nic.Narrow(MaskKind.Any, _ => true),
        "ignore_group" => nic with { Groups = Fact(1) },
        "ignore_frag" => nic.Narrow(
            MaskKind.None, field => field is MatchField.Ipv4Frag or MatchField.Ipv6HasFrag or MatchField.Ipv6FragData),
        "prio_flip" => nic with { PrioritiesReversed = !nic.PrioritiesReversed },
        "prio_ignore" => nic with { Priorities = Fact(1) },
        "ack_drop" => nic.Narrow(MaskKind.None, field => field is MatchField.TcpFlags),

        // A cover of a whole peer would miss what it covers: without a second priority there are no covers.
        "ip_other" => nic.Narrow(MaskKind.None, field => field is MatchField.Ipv4Proto or MatchField.Ipv6Proto) with
        {
            Priorities = Fact(1),
        },
        "l4_frag_miss" => nic with { L4OnFragments = Fact(FragmentL4.Miss) },
        "l4_by_proto" => nic with { L4OnFragments = Fact(FragmentL4.Any) },
        "v6proto_last" => nic with { Ipv6ProtoIs = Fact(Ipv6Proto.Last) },
        _ => nic,
    };

    /// <summary>One of the NICs that a profile may stand for, where it does not know all.</summary>
    public static NicCapabilities Guess(this NicCapabilities nic, int choice) => nic with
    {
        L4OnFragments = nic.L4OnFragments.Value == FragmentL4.Unknown
            ? Fact((FragmentL4)(choice % 3))
            : nic.L4OnFragments,
        Ipv6Extensions = nic.Ipv6Extensions.Value == Ipv6Extensions.Unknown
            ? Fact((Ipv6Extensions)(choice / 3 % 2))
            : nic.Ipv6Extensions,
        Ipv6ProtoIs = nic.Ipv6ProtoIs.Value == Ipv6Proto.Unknown
            ? Fact((Ipv6Proto)(choice / 6 % 2))
            : nic.Ipv6ProtoIs,
    };

    /// <summary>Arguments for the emulated NIC that has the habit: its own limits say nothing of priorities being reversed.</summary>
    public static NicCapabilities EmulatedWith(this NicCapabilities nic, string habit) =>
        habit == "prio_flip" ? nic with { PrioritiesReversed = !nic.PrioritiesReversed } : nic;

    private static NicCapabilities Narrow(this NicCapabilities nic, MaskKind most, Func<MatchField, bool> which) =>
        nic with
        {
            Fields = nic.Fields.ToImmutableSortedDictionary(
                field => field.Key,
                field => which(field.Key) && field.Value.Value > most ? Fact(most) : field.Value),
        };

    private static CapabilityFact<T> Fact<T>(T value) => new(value, "declared by a test");
}
