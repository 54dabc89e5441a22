namespace Dpdk.Flow;

/// <summary>What became of a create: exactly one of the two is set.</summary>
/// <param name="Rule">The rule that was installed, or null.</param>
/// <param name="Rejection">Why not, or null.</param>
public readonly record struct FlowInstallResult(FlowRule? Rule, RuleRejection? Rejection)
{
    /// <summary>Whether the rule was installed.</summary>
    public bool IsInstalled => Rule is not null;
}
