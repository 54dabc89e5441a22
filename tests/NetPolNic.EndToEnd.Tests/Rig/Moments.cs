namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>The moments of an update at which packets are sent: between the steps of EmulatedNode.Apply.</summary>
internal static class Moments
{
    /// <summary>
    /// Before each port's first step, before the fallback's swap; then the new policy is in force there.
    /// </summary>
    public const int FirstOfNewPolicy = 3;

    /// <summary>Also before each port's second step, and at the end.</summary>
    public const int Count = 6;
}
