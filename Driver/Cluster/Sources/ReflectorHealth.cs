namespace NetPolNic.Cluster.Sources;

/// <summary>How following one kind of object is doing.</summary>
/// <param name="Kind">For example "pods".</param>
/// <param name="Phase">What it is doing now.</param>
/// <param name="Objects">Objects known.</param>
/// <param name="ResourceVersion">Where the watch stands; empty where there is none.</param>
/// <param name="Events">Events received since start.</param>
/// <param name="Lists">Complete lists since start; more than one means relists.</param>
/// <param name="Failures">Failures since start.</param>
/// <param name="LastContact">When the server last said anything, or null.</param>
/// <param name="LastError">What went wrong last, for people; null once it is over.</param>
public sealed record ReflectorHealth(
    string Kind,
    ReflectorPhase Phase,
    int Objects,
    string ResourceVersion,
    long Events,
    long Lists,
    long Failures,
    DateTimeOffset? LastContact,
    string? LastError);
