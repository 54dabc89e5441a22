namespace Dpdk.Ethdev;

/// <summary>How a port is configured.</summary>
public sealed class EthPortOptions
{
    /// <summary>Receive queues. With more than one, RSS spreads over them where the port can.</summary>
    public ushort RxQueues { get; init; } = 1;

    /// <summary>Transmit queues.</summary>
    public ushort TxQueues { get; init; } = 1;

    /// <summary>Descriptors per receive queue; adjusted to what the device takes.</summary>
    public ushort RxDescriptors { get; init; } = 1024;

    /// <summary>Descriptors per transmit queue; adjusted to what the device takes.</summary>
    public ushort TxDescriptors { get; init; } = 1024;

    /// <summary>Bytes of an Ethernet payload; null: the device's default.</summary>
    public ushort? Mtu { get; init; }

    /// <summary>
    /// With several receive queues: spread by the addresses alone, with a key that repeats these two bytes, so that both
    /// directions of a connection, and its fragments, come to one queue. Null: by addresses and ports, with the driver's key.
    /// </summary>
    public ushort? SymmetricKeyWord { get; init; }

    /// <summary>Whether a port can spread packets over queues by their addresses.</summary>
    public static bool CanSpreadByAddresses(EthDeviceInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        return (info.RssOffloads & Raw.RteEthdev.RTE_ETH_RSS_IP) != 0;
    }
}
