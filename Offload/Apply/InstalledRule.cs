using Dpdk.Flow;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Apply;

/// <summary>A rule that the NIC holds.</summary>
internal sealed class InstalledRule
{
    internal InstalledRule(PlannedRule rule, object handle, long sequence)
    {
        Rule = rule;
        Handle = handle;
        Sequence = sequence;
    }

    /// <summary>The rule as the latest plan has it; its dependencies may change while its key stays.</summary>
    internal PlannedRule Rule { get; set; }

    internal object Handle { get; }

    /// <summary>Counts up with each creation.</summary>
    internal long Sequence { get; }

    /// <summary>Not null: it should be gone, and this is why it is not.</summary>
    internal RuleRejection? DestroyRefusal { get; set; }

    internal bool IsPunt => Rule.Verdict == RuleVerdict.Punt;
}
