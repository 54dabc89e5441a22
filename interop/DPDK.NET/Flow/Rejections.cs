using Dpdk.Errors;
using Dpdk.Raw;

namespace Dpdk.Flow;

/// <summary>Turns errno and rte_flow_error into <see cref="RuleRejection"/>.</summary>
internal static unsafe class Rejections
{
    /// <summary>For calls without a pattern.</summary>
    internal static RuleRejection From(int errno, in rte_flow_error error) =>
        new(ReasonOf(errno), (FlowErrorType)error.type, -1, errno, NativeText.ReadOrNull(error.message));

    /// <summary>For validate and create: also finds the item or action that the driver pointed at.</summary>
    internal static RuleRejection From(int errno, in rte_flow_error error, in NativeFlowRule rule) =>
        From(errno, in error) with
        {
            ItemIndex = rule.ItemIndexOf(error.cause),
            ActionIndex = rule.ActionIndexOf(error.cause),
        };

    /// <summary>For a rule that is not installed any more.</summary>
    internal static RuleRejection Gone() =>
        new(RejectReason.Other, FlowErrorType.Handle, -1, ErrnoText.ENOENT, "the rule is not installed any more");

    /// <summary>The table of the README.</summary>
    internal static RejectReason ReasonOf(int errno) => errno switch
    {
        ErrnoText.ENOTSUP => RejectReason.Unsupported,
        ErrnoText.EINVAL => RejectReason.Invalid,
        ErrnoText.ENOMEM or ErrnoText.ENOSPC => RejectReason.TableFull,
        ErrnoText.EBUSY or ErrnoText.EAGAIN => RejectReason.Busy,
        ErrnoText.EEXIST => RejectReason.Duplicate,
        ErrnoText.ENOSYS => RejectReason.NoFlowApi,
        ErrnoText.EIO or ErrnoText.ENODEV => RejectReason.DeviceGone,
        _ => RejectReason.Other,
    };
}
