using System.Collections.Immutable;

namespace NetPolNic.Offload.Planning;

/// <summary>
/// A plan, and what of it differs from the plan before. Whoever has followed every update so far needs the difference
/// only; anybody else takes the whole plan. Immutable; safe to share between threads.
/// </summary>
public sealed class PlanUpdate
{
    private readonly Lazy<OffloadPlan> _plan;

    internal PlanUpdate(object from, object to, RuleDelta delta, int ruleCount, int puntCount, Func<OffloadPlan> plan)
    {
        From = from;
        To = to;
        Delta = delta;
        RuleCount = ruleCount;
        PuntCount = puntCount;
        _plan = new Lazy<OffloadPlan>(plan);
    }

    /// <summary>The whole plan, made when first asked for: that costs by its size, not by what changed.</summary>
    public OffloadPlan Plan => _plan.Value;

    /// <summary>Nothing that a NIC is told differs from the plan before.</summary>
    public bool IsEmpty => Delta.IsEmpty;

    /// <summary>Rules of the whole plan.</summary>
    public int RuleCount { get; }

    /// <summary>Punted regions of the whole plan.</summary>
    public int PuntCount { get; }

    /// <summary>Rules that the plan before did not have.</summary>
    public ImmutableArray<PlannedRule> Added => Delta.Added;

    /// <summary>Rules of the plan before that this one does not have.</summary>
    public ImmutableArray<PlannedRule> Removed => Delta.Removed;

    /// <summary>Rules of both plans that say something else besides their key: other origins or dependencies.</summary>
    public ImmutableArray<PlannedRule> Changed => Delta.Changed;

    internal RuleDelta Delta { get; }

    /// <summary>Stands for the plan before: the <see cref="To"/> of its update.</summary>
    internal object From { get; }

    /// <summary>Stands for this plan.</summary>
    internal object To { get; }

    /// <summary>An update to a plan that stands alone, from none.</summary>
    public static PlanUpdate Of(OffloadPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        RuleDelta delta = new(plan.Rules, [], [], plan.Cover, plan.Remainder)
        {
            GroupPunts = plan.GroupPunts,
        };
        return new PlanUpdate(new object(), new object(), delta, plan.Rules.Length, plan.Punts.Length, () => plan);
    }
}
