using NetPolNic.Offload.Capabilities;

namespace NetPolNic.Offload.Planning;

/// <summary>Why a region is not dropped.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Field">The field at fault, or null.</param>
/// <param name="Fact">What makes it so.</param>
internal sealed record PlanFailure(PuntReason Reason, MatchField? Field, string Fact)
{
    internal string FieldName => Field is { } named ? CapabilityNames.Of(named) : string.Empty;

    /// <summary>A region needs a field that the profile does not allow as needed.</summary>
    internal static PlanFailure OfField(MatchField field, NicCapabilities nic) =>
        new(ReasonOf(field), field, nic.SourceOf(field));

    /// <summary>A region would take more flat rules than it is worth.</summary>
    internal static PlanFailure TooManyRules(NicCapabilities nic) => new(
        PuntReason.TooManyRules, null, $"{nic.Name}: no groups, and flat rules would outnumber what policy allows");

    private static PuntReason ReasonOf(MatchField field) => field switch
    {
        MatchField.Ipv4Src or MatchField.Ipv4Dst or MatchField.Ipv6Src or MatchField.Ipv6Dst =>
            PuntReason.AddressMaskUnsupported,
        MatchField.Ipv4Proto or MatchField.Ipv6Proto => PuntReason.ProtocolUnsupported,
        MatchField.TcpFlags => PuntReason.TcpFlagsUnsupported,
        MatchField.Ipv4Frag => PuntReason.FragmentsUnsupported,
        MatchField.Ipv6HasFrag => PuntReason.ExtensionHeadersUnknown,
        MatchField.TcpSrc or MatchField.TcpDst or MatchField.UdpSrc or MatchField.UdpDst or
            MatchField.SctpSrc or MatchField.SctpDst => PuntReason.PortRangeUnsupported,
        _ => PuntReason.NotConsumed,
    };
}
