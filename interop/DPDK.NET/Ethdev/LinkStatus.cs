namespace Dpdk.Ethdev;

/// <summary>State of a port's link.</summary>
/// <param name="IsUp">Whether there is a link.</param>
/// <param name="SpeedMbps">Mbit/s; 0 none, 4294967295 unknown.</param>
/// <param name="IsFullDuplex">Whether both directions work at once.</param>
/// <param name="IsAutonegotiated">Whether the speed was negotiated.</param>
public readonly record struct LinkStatus(bool IsUp, uint SpeedMbps, bool IsFullDuplex, bool IsAutonegotiated);
