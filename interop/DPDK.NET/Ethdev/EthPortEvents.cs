namespace Dpdk.Ethdev;

/// <summary>What a port has announced (rte_eth_event_type of 22.11; the value is 1 shifted by DPDK's number).</summary>
[Flags]
public enum EthPortEvents
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>RTE_ETH_EVENT_INTR_LSC: the link went up or down.</summary>
    LinkChanged = 1 << 1,

    /// <summary>RTE_ETH_EVENT_INTR_RESET: the port has reset itself, lost its rules, and has to be started again.</summary>
    Reset = 1 << 3,

    /// <summary>RTE_ETH_EVENT_INTR_RMV: the device is gone.</summary>
    Removed = 1 << 6,
}
