namespace Dpdk.Raw;

/// <summary>enum rte_flow_item_type of rte_flow.h (22.11): the items that are used.</summary>
internal enum rte_flow_item_type
{
    RTE_FLOW_ITEM_TYPE_END = 0,
    RTE_FLOW_ITEM_TYPE_ETH = 6,
    RTE_FLOW_ITEM_TYPE_VLAN = 7,
    RTE_FLOW_ITEM_TYPE_IPV4 = 8,
    RTE_FLOW_ITEM_TYPE_IPV6 = 9,
    RTE_FLOW_ITEM_TYPE_ICMP = 10,
    RTE_FLOW_ITEM_TYPE_UDP = 11,
    RTE_FLOW_ITEM_TYPE_TCP = 12,
    RTE_FLOW_ITEM_TYPE_SCTP = 13,
    RTE_FLOW_ITEM_TYPE_ICMP6 = 28,
    RTE_FLOW_ITEM_TYPE_IPV6_FRAG_EXT = 49,
    RTE_FLOW_ITEM_TYPE_REPRESENTED_PORT = 54,
}

/// <summary>enum rte_flow_action_type of rte_flow.h (22.11): the actions that are used.</summary>
internal enum rte_flow_action_type
{
    RTE_FLOW_ACTION_TYPE_END = 0,
    RTE_FLOW_ACTION_TYPE_PASSTHRU = 2,
    RTE_FLOW_ACTION_TYPE_JUMP = 3,
    RTE_FLOW_ACTION_TYPE_MARK = 4,
    RTE_FLOW_ACTION_TYPE_FLAG = 5,
    RTE_FLOW_ACTION_TYPE_QUEUE = 6,
    RTE_FLOW_ACTION_TYPE_DROP = 7,
    RTE_FLOW_ACTION_TYPE_COUNT = 8,
    RTE_FLOW_ACTION_TYPE_RSS = 9,
    RTE_FLOW_ACTION_TYPE_AGE = 47,
    RTE_FLOW_ACTION_TYPE_REPRESENTED_PORT = 55,
}
