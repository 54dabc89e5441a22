namespace NetPolNic.Agent.Commands;

/// <summary>What the process answers with.</summary>
internal static class ExitStatus
{
    /// <summary>Success; for a question: yes.</summary>
    public const int Success = 0;

    /// <summary>A negative answer, or a difference found.</summary>
    public const int Negative = 1;

    /// <summary>Unusable input or surroundings; the reason is on stderr.</summary>
    public const int Unusable = 2;

    /// <summary>Ended by Ctrl-C, as shells report it.</summary>
    public const int Interrupted = 130;
}
