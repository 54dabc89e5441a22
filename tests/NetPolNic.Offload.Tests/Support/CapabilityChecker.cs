using System.Numerics;
using Dpdk.Flow;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>
/// Says what of a rule a NIC does not allow; written from the profile format, apart from the lowering.
/// </summary>
internal static class CapabilityChecker
{
    /// <summary>The first thing that is not allowed, or null.</summary>
    internal static string? FirstViolation(FlowSpec rule, NicCapabilities nic) =>
        Violations(rule, nic).FirstOrDefault(violation => violation is not null);

    private static IEnumerable<string?> Violations(FlowSpec rule, NicCapabilities nic)
    {
        int priorities = rule.Attr.Group == 0 ? nic.Priorities.Value : nic.GroupPriorities.Value;
        yield return rule.Attr.Priority < priorities ? null : $"priority {rule.Attr.Priority}";
        yield return rule.Attr.Group < nic.Groups.Value ? null : $"group {rule.Attr.Group}";
        yield return rule.Attr is { Ingress: true, Egress: false, Transfer: false } ? null : "attributes";
        foreach (FlowAction action in rule.Actions)
        {
            NicAction kind = Enum.Parse<NicAction>(
                action.GetType().Name.Replace("Action", "", StringComparison.Ordinal));
            yield return nic.Actions.ContainsKey(kind) ? null : $"action {kind}";
        }

        foreach (FlowItem item in rule.Pattern)
        {
            (NicItem kind, (MatchField, string?)[] fields) = item switch
            {
                EthItem i => (NicItem.Eth, Fields(
                    (MatchField.EthSrc, Of(i.Src, 48)),
                    (MatchField.EthDst, Of(i.Dst, 48)),
                    (MatchField.EthType, Of(i.EtherType, 16)))),
                Ipv4Item i => (NicItem.Ipv4, Fields(
                    (MatchField.Ipv4Src, Of(i.Src, 32)),
                    (MatchField.Ipv4Dst, Of(i.Dst, 32)),
                    (MatchField.Ipv4Proto, Of(i.Proto, 8)),
                    (MatchField.Ipv4Frag, Of(i.FragmentOffset, 16)))),
                Ipv6Item i => (NicItem.Ipv6, Fields(
                    (MatchField.Ipv6Src, Of(i.Src, 128)),
                    (MatchField.Ipv6Dst, Of(i.Dst, 128)),
                    (MatchField.Ipv6Proto, Of(i.Proto, 8)),
                    (MatchField.Ipv6HasFrag, Of(i.HasFragExt, 1)))),
                TcpItem i => (NicItem.Tcp, Fields(
                    (MatchField.TcpSrc, Of(i.SrcL4Port, 16)),
                    (MatchField.TcpDst, Of(i.DstL4Port, 16)),
                    (MatchField.TcpFlags, Of(i.Flags, 8)))),
                UdpItem i => (NicItem.Udp, Fields(
                    (MatchField.UdpSrc, Of(i.SrcL4Port, 16)), (MatchField.UdpDst, Of(i.DstL4Port, 16)))),
                SctpItem i => (NicItem.Sctp, Fields(
                    (MatchField.SctpSrc, Of(i.SrcL4Port, 16)), (MatchField.SctpDst, Of(i.DstL4Port, 16)))),
                _ => throw new ArgumentException($"the planner has no use for {item.GetType().Name}", nameof(rule)),
            };
            yield return nic.Items.ContainsKey(kind) ? null : $"item {kind}";
            foreach ((MatchField field, string? need) in fields)
            {
                string? have = nic.Fields.TryGetValue(field, out CapabilityFact<MaskKind> fact)
                    ? fact.Value.ToString()
                    : nameof(MaskKind.None);
                yield return need is null || Enum.Parse<MaskKind>(have) >= Enum.Parse<MaskKind>(need)
                    ? null
                    : $"{field} needs {need}, has {have}";
            }
        }
    }

    private static (MatchField, string?)[] Fields(params (MatchField, string?)[] fields) => fields;

    /// <summary>The name of the weakest mask kind that can express a match; null where nothing is matched.</summary>
    private static string? Of<T>(FieldMatch<T>? field, int bits)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (field is not { } match)
        {
            return null;
        }

        Assert.True((match.Spec & ~match.Mask) == T.Zero, "spec bits outside the mask");
        string mask = string.Concat(
            Enumerable.Range(0, bits).Reverse().Select(bit => ((match.Mask >> bit) & T.One) == T.Zero ? '0' : '1'));
        return match.Last is not null ? nameof(MaskKind.Range)
            : !mask.Contains('0') ? nameof(MaskKind.Exact)
            : !mask.Contains("01", StringComparison.Ordinal) ? nameof(MaskKind.Prefix)
            : nameof(MaskKind.Any);
    }
}
