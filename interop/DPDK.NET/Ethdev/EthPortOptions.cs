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
}
