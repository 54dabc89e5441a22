using Dpdk.Flow;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Testpmd;

/// <summary>Writes a plan as commands for dpdk-testpmd, one rule a line.</summary>
public static class TestpmdExport
{
    /// <summary>
    /// Writes the create commands in an order that is sound after each line: all punts, then drops, then passes.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="output">Takes one line per rule, each ended by LF.</param>
    /// <param name="ethPortId">The port in testpmd's numbering.</param>
    public static void Write(OffloadPlan plan, TextWriter output, ushort ethPortId)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(output);
        foreach (PlannedRule rule in InOrderOfCreation(plan))
        {
            output.Write(TestpmdSyntax.Format(rule.Spec, ethPortId));
            output.Write('\n');
        }
    }

    /// <summary>The rules in the order in which <see cref="Write"/> creates them.</summary>
    public static IEnumerable<PlannedRule> InOrderOfCreation(OffloadPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return plan.Rules.OrderBy(rule => rule.Verdict switch
        {
            RuleVerdict.Punt => 0,
            RuleVerdict.Drop => 1,
            _ => 2,
        });
    }
}
