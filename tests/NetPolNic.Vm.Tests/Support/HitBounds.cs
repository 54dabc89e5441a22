namespace NetPolNic.Vm.Tests.Support;

/// <summary>
/// Hits that rules must have. Where rules of one priority match the same packet (and do the same with it), the kernel counts one of
/// them: each rule then has at least what is its alone, at most what it matches, and all together have one hit a packet.
/// </summary>
internal sealed class HitBounds
{
    private readonly Dictionary<string, (ulong Least, ulong Most)> _bounds = [];

    /// <summary>Packets that some rule matches.</summary>
    public ulong Total { get; private set; }

    public int RuleCount => _bounds.Count;

    /// <summary>Counts a packet.</summary>
    /// <param name="best">The strongest rules that match it, by canonical text; none where no rule does.</param>
    public void Add(IReadOnlyCollection<string> best)
    {
        foreach (string rule in best)
        {
            (ulong least, ulong most) = _bounds.GetValueOrDefault(rule);
            _bounds[rule] = (least + (best.Count == 1 ? 1UL : 0), most + 1);
        }

        Total += best.Count > 0 ? 1UL : 0;
    }

    /// <summary>What does not fit, in words.</summary>
    public IEnumerable<string> Differences(IReadOnlyCollection<(string Rule, ulong Hits)> found)
    {
        foreach ((string rule, ulong hits) in found)
        {
            (ulong least, ulong most) = _bounds.GetValueOrDefault(rule);
            if (hits < least || hits > most)
            {
                yield return $"{hits} hits instead of {(least == most ? $"{least}" : $"{least} to {most}")}: {rule}";
            }
        }

        ulong sum = found.Aggregate(0UL, (total, rule) => total + rule.Hits);
        if (sum != Total)
        {
            yield return $"{sum} hits of all rules instead of {Total}";
        }
    }
}
