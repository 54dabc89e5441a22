using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Planning.Budget;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>What holds of every choice for a table, however it came about.</summary>
internal static class BudgetCheck
{
    /// <summary>Not everything that the NIC could take fits its table.</summary>
    internal static bool IsTooMuch(PolicySnapshot snapshot, NicCapabilities nic, PlanOptions options) =>
        Unlimited(snapshot, nic, options).Rules.Length > nic.TableSize.Value;

    /// <summary>The table is not exceeded, and what is left out would exceed it; where all fits, nothing is left out.</summary>
    internal static void FillsTheTable(
        OffloadPlan plan, PolicySnapshot snapshot, NicCapabilities nic, PlanOptions options, PlanChoice choice)
    {
        int size = nic.TableSize.Value;
        Assert.InRange(plan.Rules.Length, 0, size);
        if (!IsTooMuch(snapshot, nic, options))
        {
            Assert.Same(PlanChoice.Everything, choice);
            return;
        }

        foreach (UnitKey unit in choice.LeftOut.Keys)
        {
            Dictionary<UnitKey, SetBenefit> others = choice.LeftOut.Where(other => other.Key != unit).ToDictionary();
            PlanChoice more = choice with { LeftOut = others };
            Assert.True(OffloadPlanner.PlanWith(snapshot, nic, options, more).Rules.Length > size, $"{unit} fits");
        }
    }

    private static OffloadPlan Unlimited(PolicySnapshot snapshot, NicCapabilities nic, PlanOptions options) =>
        OffloadPlanner.PlanWith(snapshot, nic, options, PlanChoice.Everything);
}
