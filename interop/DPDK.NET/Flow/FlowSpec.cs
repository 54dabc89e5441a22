using System.Collections.Immutable;

namespace Dpdk.Flow;

/// <summary>rte_flow_attr: where a rule stands. A lower priority number is a higher priority.</summary>
public readonly record struct FlowAttr(
    uint Group = 0, uint Priority = 0, bool Ingress = true, bool Egress = false, bool Transfer = false);

/// <summary>One rule as rte_flow takes it; END items and actions are implied.</summary>
public sealed record FlowSpec(FlowAttr Attr, ImmutableArray<FlowItem> Pattern, ImmutableArray<FlowAction> Actions);

/// <summary>Why a rule was refused, by errno (see the table in the README).</summary>
public enum RejectReason
{
    /// <summary>Any other errno.</summary>
    Other,

    /// <summary>ENOTSUP: the driver cannot express it.</summary>
    Unsupported,

    /// <summary>EINVAL: malformed in the driver's eyes.</summary>
    Invalid,

    /// <summary>ENOMEM or ENOSPC.</summary>
    TableFull,

    /// <summary>EBUSY or EAGAIN.</summary>
    Busy,

    /// <summary>EEXIST.</summary>
    Duplicate,

    /// <summary>ENOSYS: the port has no flow API.</summary>
    NoFlowApi,

    /// <summary>EIO or ENODEV: the device is gone.</summary>
    DeviceGone,
}

/// <summary>rte_flow_error_type of DPDK 22.11, by value.</summary>
public enum FlowErrorType
{
    None = 0,
    Unspecified = 1,
    Handle = 2,
    AttrGroup = 3,
    AttrPriority = 4,
    AttrIngress = 5,
    AttrEgress = 6,
    AttrTransfer = 7,
    Attr = 8,
    ItemNum = 9,
    ItemSpec = 10,
    ItemLast = 11,
    ItemMask = 12,
    Item = 13,
    ActionNum = 14,
    ActionConf = 15,
    Action = 16,
    State = 17,
}

/// <summary>A refused rule: an expected answer, not an exception.</summary>
/// <param name="Reason">The errno's meaning.</param>
/// <param name="Cause">rte_flow_error.type; None where the driver left the error unset.</param>
/// <param name="ItemIndex">Index of the item at fault, or -1 if the driver did not point at one.</param>
/// <param name="Errno">Positive errno.</param>
/// <param name="Message">The driver's text, copied, or null.</param>
public sealed record RuleRejection(
    RejectReason Reason, FlowErrorType Cause, int ItemIndex, int Errno, string? Message)
{
    /// <summary>Index of the action at fault, or -1 if the driver did not point at one.</summary>
    public int ActionIndex { get; init; } = -1;

    /// <summary>The driver would not make the templates or the template table: of the rule itself it has said nothing.</summary>
    public bool IsOfTemplates { get; init; }
}

/// <summary>Packets and bytes a COUNT action has seen.</summary>
public readonly record struct FlowCounters(ulong Hits, ulong Bytes);
