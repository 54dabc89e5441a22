using Dpdk.Raw;
using static Dpdk.Raw.rte_flow_action_type;

namespace Dpdk.Flow;

/// <summary>Writes one action's configuration.</summary>
internal static unsafe class ActionWriter
{
    private const uint MaxAgeSeconds = (1u << 24) - 1;

    /// <summary>Writes into a zeroed block and says which type of action it is.</summary>
    /// <param name="action">The action.</param>
    /// <param name="block"><see cref="NativeFlowRule.BlockBytes"/> bytes.</param>
    /// <param name="queues">Free memory for queue lists; moved on behind what was used.</param>
    /// <param name="hasConf">Whether the action has a configuration.</param>
    internal static rte_flow_action_type Write(FlowAction action, byte* block, ref ushort* queues, out bool hasConf)
    {
        hasConf = true;
        switch (action)
        {
            case QueueAction queue:
                ((rte_flow_action_queue*)block)->index = queue.Index;
                return RTE_FLOW_ACTION_TYPE_QUEUE;
            case MarkAction mark:
                ((rte_flow_action_mark*)block)->id = mark.Id;
                return RTE_FLOW_ACTION_TYPE_MARK;
            case JumpAction jump:
                ((rte_flow_action_jump*)block)->group = jump.Group;
                return RTE_FLOW_ACTION_TYPE_JUMP;
            case RepresentedPortAction represented:
                ((rte_flow_action_ethdev*)block)->port_id = represented.EthPortId;
                return RTE_FLOW_ACTION_TYPE_REPRESENTED_PORT;
            case CountAction:
                return RTE_FLOW_ACTION_TYPE_COUNT;
            case AgeAction age:
                WriteAge(age, (rte_flow_action_age*)block);
                return RTE_FLOW_ACTION_TYPE_AGE;
            case RssAction rss:
                WriteRss(rss, (rte_flow_action_rss*)block, ref queues);
                return RTE_FLOW_ACTION_TYPE_RSS;
            default:
                hasConf = false;
                return WithoutConf(action);
        }
    }

    private static rte_flow_action_type WithoutConf(FlowAction action) => action switch
    {
        DropAction => RTE_FLOW_ACTION_TYPE_DROP,
        PassthruAction => RTE_FLOW_ACTION_TYPE_PASSTHRU,
        FlagAction => RTE_FLOW_ACTION_TYPE_FLAG,
        _ => throw new ArgumentException($"unknown action {action?.GetType().Name ?? "null"}", nameof(action)),
    };

    private static void WriteAge(AgeAction age, rte_flow_action_age* conf)
    {
        if (age.TimeoutSeconds > MaxAgeSeconds)
        {
            throw new ArgumentException($"age: the timeout has 24 bits, at most {MaxAgeSeconds} s");
        }

        conf->timeout = age.TimeoutSeconds;
    }

    private static void WriteRss(RssAction rss, rte_flow_action_rss* conf, ref ushort* queues)
    {
        conf->queue = queues;
        conf->queue_num = rss.Queues.IsDefault ? 0 : (uint)rss.Queues.Length;
        for (uint i = 0; i < conf->queue_num; i++)
        {
            *queues++ = rss.Queues[(int)i];
        }
    }
}
