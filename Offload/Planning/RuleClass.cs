namespace NetPolNic.Offload.Planning;

/// <summary>
/// The layers of a flat plan, strongest first. Within a class all rules have the same verdict, so rules that overlap at equal
/// priority never disagree.
/// </summary>
internal enum RuleClass : byte
{
    /// <summary>Punts what a drop must not hit.</summary>
    Cover,

    /// <summary>Drops bare SYNs, which are no replies; only where priorities are enough for <see cref="Replies"/>.</summary>
    Syn,

    /// <summary>Punts what may be a reply, apart from bare SYNs.</summary>
    Replies,

    /// <summary>Drops.</summary>
    Drop,

    /// <summary>Punts the rest of isolated pods, so that no pass hits them.</summary>
    Remainder,

    /// <summary>Passes open pods.</summary>
    Pass,
}
