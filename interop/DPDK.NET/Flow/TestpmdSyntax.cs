using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Dpdk.Flow;

/// <summary>
/// Writes rules as commands of dpdk-testpmd 22.11. Each field that is matched has its value and its mask ("is" stands
/// for
/// a full mask): a value alone would get the item's default mask, which also requires the other fields to be 0.
/// </summary>
public static class TestpmdSyntax
{
    /// <summary>"flow create 0 group 0 priority 3 ingress pattern eth / … / end actions … / end".</summary>
    /// <param name="spec">The rule.</param>
    /// <param name="ethPortId">The port.</param>
    /// <param name="verb">"create" or "validate".</param>
    public static string Format(FlowSpec spec, ushort ethPortId, string verb = "create")
    {
        ArgumentNullException.ThrowIfNull(spec);
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"flow {verb} {ethPortId}");
        text.Append(CultureInfo.InvariantCulture, $" group {spec.Attr.Group} priority {spec.Attr.Priority}");
        text.Append(spec.Attr.Ingress ? " ingress" : "");
        text.Append(spec.Attr.Egress ? " egress" : "");
        text.Append(spec.Attr.Transfer ? " transfer" : "");
        text.Append(" pattern ").Append(FormatPattern(spec.Pattern));
        text.Append(" actions ").Append(FormatActions(spec.Actions));
        return text.ToString();
    }

    /// <summary>"eth / ipv4 dst is 10.0.0.1 / end".</summary>
    public static string FormatPattern(ImmutableArray<FlowItem> pattern) =>
        string.Concat((pattern.IsDefault ? [] : pattern).Select(item => TestpmdItem.Format(item) + " / ")) + "end";

    /// <summary>"count / drop / end".</summary>
    public static string FormatActions(ImmutableArray<FlowAction> actions) =>
        string.Concat((actions.IsDefault ? [] : actions).Select(action => FormatAction(action) + " / ")) + "end";

    private static string FormatAction(FlowAction action) => action switch
    {
        DropAction => "drop",
        PassthruAction => "passthru",
        CountAction => "count",
        FlagAction => "flag",
        QueueAction queue => Text($"queue index {queue.Index}"),
        MarkAction mark => Text($"mark id {mark.Id}"),
        JumpAction jump => Text($"jump group {jump.Group}"),
        AgeAction age => Text($"age timeout {age.TimeoutSeconds}"),
        RepresentedPortAction port => Text($"represented_port ethdev_port_id {port.EthPortId}"),
        RssAction rss => $"rss queues {FormatQueues(rss.Queues)}end",
        _ => throw new ArgumentException($"unknown action {action?.GetType().Name ?? "null"}", nameof(action)),
    };

    private static string FormatQueues(ImmutableArray<ushort> queues) =>
        string.Concat((queues.IsDefault ? [] : queues).Select(queue => Text($"{queue} ")));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
