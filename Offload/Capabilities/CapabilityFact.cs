namespace NetPolNic.Offload.Capabilities;

/// <summary>Something known about a NIC, and where it is known from.</summary>
/// <param name="Value">The fact.</param>
/// <param name="Source">File, page or measurement that says so.</param>
public readonly record struct CapabilityFact<T>(T Value, string Source);
