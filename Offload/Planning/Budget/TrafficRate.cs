namespace NetPolNic.Offload.Planning.Budget;

/// <summary>What one unit's rules drop, or would drop: packets a second, decayed.</summary>
internal sealed class TrafficRate
{
    // What a short time in the table has taught is forgotten this many times slower than rates.
    private const double Memory = 32;

    /// <summary>Packets a second.</summary>
    internal double PerSecond { get; private set; }

    /// <summary>The part of denied packets that the rules dropped when they were in the NIC; 1 while that is not known.</summary>
    internal double Yield { get; private set; } = 1;

    /// <summary>Nothing is known that is worth remembering.</summary>
    internal bool IsForgotten(double leastRate) => PerSecond < leastRate && Yield > 0.99;

    /// <summary>The rules are in the NIC and count.</summary>
    internal void Measured(double dropped, double left, double weight, double seconds)
    {
        if (dropped + left > 0)
        {
            Yield = (Yield * weight) + (dropped / (dropped + left) * (1 - weight));
        }

        Follow(dropped, weight, seconds);
    }

    /// <summary>The rules are in the NIC and do not count: only time tells.</summary>
    internal void Unmeasured(double weight) => PerSecond *= Math.Pow(weight, 1 / Memory);

    /// <summary>The rules are not in the NIC.</summary>
    internal void Estimated(double denied, double droppedOtherwise, double weight, double seconds)
    {
        Follow((denied * Yield) + droppedOtherwise, weight, seconds);
        Yield = 1 - ((1 - Yield) * Math.Pow(weight, 1 / Memory));
    }

    private void Follow(double packets, double weight, double seconds) =>
        PerSecond = (PerSecond * weight) + (packets / seconds * (1 - weight));
}
