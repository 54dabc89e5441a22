namespace NetPolNic.Offload.Planning;

/// <summary>
/// The four layers of a plan, strongest first; the value is the class's priority, counted from the strongest. Within a
/// class all rules have the same verdict, so rules that overlap at equal priority never disagree.
/// </summary>
internal static class RuleClass
{
    /// <summary>Punts what a drop must not hit.</summary>
    internal const int Cover = 0;

    /// <summary>Drops.</summary>
    internal const int Drop = 1;

    /// <summary>Punts the rest of isolated pods, so that no pass hits them.</summary>
    internal const int Remainder = 2;

    /// <summary>Passes open pods.</summary>
    internal const int Pass = 3;

    /// <summary>Priorities needed for a drop with covers.</summary>
    internal const int ForCovers = 2;

    /// <summary>Priorities needed for passes.</summary>
    internal const int ForPass = 4;
}
