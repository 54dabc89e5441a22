namespace NetPolNic.Agent.Emulation;

/// <summary>Which side of the emulated node a frame enters or leaves.</summary>
internal enum EmulatedPort : byte
{
    /// <summary>The wire: other nodes and everything outside the cluster.</summary>
    Uplink,

    /// <summary>The local pods, all behind one reflecting port.</summary>
    Pods,
}
