using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Apply;

/// <summary>What is wanted of one rule, and what the NIC has said to it.</summary>
internal sealed class RuleState
{
    internal RuleState(RuleKey key) => Key = key;

    internal RuleKey Key { get; }

    /// <summary>The group that the rule stands in; 0 until a rule was seen.</summary>
    internal uint Group { get; set; }

    /// <summary>The rule as the plan has it, or null where it has none.</summary>
    internal PlannedRule? Desired { get; set; }

    /// <summary>Place in the order of planning.</summary>
    internal long Order { get; set; }

    /// <summary>The rule in the NIC, or null.</summary>
    internal InstalledRule? Installed { get; set; }

    /// <summary>Why the driver would not create what is desired, or null.</summary>
    internal RefusedRule? Refusal { get; set; }

    /// <summary>Lists of punts that this one is in, and that a drop or pass in the NIC depends on.</summary>
    internal int NeededBy { get; set; }

    /// <summary>A drop or pass of the plan that is not in the NIC.</summary>
    internal bool IsMissing => Desired is { Verdict: not RuleVerdict.Punt } && Installed is null;

    /// <summary>Nobody would miss these books.</summary>
    internal bool IsForgettable => Desired is null && Installed is null && NeededBy == 0;
}
