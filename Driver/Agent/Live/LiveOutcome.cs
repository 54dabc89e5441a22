namespace NetPolNic.Agent.Live;

/// <summary>What became of an attempt.</summary>
internal enum LiveOutcome : byte
{
    /// <summary>None was made: no common family, or one and the same host.</summary>
    NotAsked,

    /// <summary>It was answered, and the answer was right.</summary>
    Passed,

    /// <summary>Nothing came back, and nothing is known to have arrived.</summary>
    Denied,

    /// <summary>It arrived, but the answer did not; or something other than the asked host answered.</summary>
    HalfPassed,
}
