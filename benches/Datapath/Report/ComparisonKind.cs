namespace NetPolNic.Benches.Datapath.Report;

/// <summary>How two entrants are compared, or one is judged.</summary>
internal enum ComparisonKind
{
    /// <summary>Rate of the first by that of the second: more is better.</summary>
    Throughput,

    /// <summary>Time of the first by that of the second: less is better.</summary>
    Time,

    /// <summary>Rate of the first.</summary>
    MillionsPerSecond,

    /// <summary>Memory of the first's policy by its rules: less is better.</summary>
    BytesPerRule,
}
