namespace NetPolNic.Offload.Planning;

/// <summary>How many priorities flat plans need for what.</summary>
internal static class RuleClasses
{
    /// <summary>Of a drop with covers.</summary>
    internal const int ForCovers = 2;

    /// <summary>Of passes.</summary>
    internal const int ForPass = 4;

    /// <summary>Of passes and covers of replies apart from the others.</summary>
    internal const int ForReplies = 6;
}
