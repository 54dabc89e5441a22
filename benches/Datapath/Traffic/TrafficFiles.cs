namespace NetPolNic.Benches.Datapath.Traffic;

/// <summary>Traffic as the ports' drivers read it: over and over, 32 frames of each port in turn.</summary>
/// <param name="UplinkPcap">What comes from the wire.</param>
/// <param name="PodPcap">What the pods send.</param>
/// <param name="RulesFile">The policy in lines, or null where it has no such form.</param>
/// <param name="Frames">In both files.</param>
/// <param name="MaxFrameBytes">Of the longest one.</param>
/// <param name="DeniedShare">Of the packets, by construction or by the reference model: 0 to 1.</param>
internal sealed record TrafficFiles(
    string UplinkPcap, string PodPcap, string? RulesFile, int Frames, int MaxFrameBytes, double DeniedShare);
