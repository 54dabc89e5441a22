using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Live;

/// <summary>What a live run shows.</summary>
internal sealed record LiveOptions
{
    /// <summary>Folder of manifests; it is copied and never written to.</summary>
    public required string Manifests { get; init; }

    /// <summary>Path of the netpolnic executable that becomes the agent.</summary>
    public required string Executable { get; init; }

    /// <summary>NIC profile of the emulated NICs.</summary>
    public string Nic { get; init; } = "mlx5";

    /// <summary>DPDK driver of the agent's ports: "pcap" or "af_packet".</summary>
    public string Ports { get; init; } = "pcap";

    /// <summary>What isolates.</summary>
    public IsolationMode Isolation { get; init; } = IsolationMode.Auto;

    /// <summary>Bytes of the transfer.</summary>
    public long TransferBytes { get; init; } = 256L << 20;

    /// <summary>Connections that are open at the same time.</summary>
    public int Connections { get; init; } = 200;

    /// <summary>CPU of the agent's poll loop.</summary>
    public int Lcore { get; init; }
}
