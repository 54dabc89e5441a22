using System.Collections.Immutable;
using NetPolNic.Fallback;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Planning.Budget;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Hosting;

/// <summary>Puts a policy in force on every port, in the order that keeps each packet's verdict right (I4).</summary>
internal static class PolicyUpdate
{
    /// <summary>
    /// Plans a snapshot and puts it in force. Where nobody knew how many rules fit and a port has run out of room, what fits
    /// is learned, and what to place is chosen anew; what is chosen again stays where it is.
    /// </summary>
    /// <param name="planner">Has planned for these ports so far.</param>
    /// <param name="snapshot">The policy.</param>
    /// <param name="reconcilers">One per port.</param>
    /// <param name="fallback">Decides whatever the NICs do not.</param>
    /// <param name="between">As for <see cref="Run"/>.</param>
    public static (PlanUpdate Update, ImmutableArray<ApplyReport> Reports) Apply(
        IncrementalPlanner planner,
        PolicySnapshot snapshot,
        ImmutableArray<FlowReconciler> reconcilers,
        FallbackDataPath fallback,
        Action? between = null)
    {
        PlanUpdate update = planner.Update(snapshot);
        ImmutableArray<ApplyReport> reports = Run(update, snapshot, reconcilers, fallback, between);
        if (!planner.Capabilities.IsTableSizeKnown && RoomOf(reconcilers, ref reports) is { } rules)
        {
            planner.LearnTableSize(rules);
            update = planner.Update(snapshot);
            reports = Run(update, snapshot, reconcilers, fallback);
        }

        return (update, reports);
    }

    /// <summary>The least number of rules that a port refused one more at; a refusal counts only if it is repeated.</summary>
    private static int? RoomOf(ImmutableArray<FlowReconciler> reconcilers, ref ImmutableArray<ApplyReport> reports)
    {
        int? least = null;
        for (int i = 0; i < reconcilers.Length; i++)
        {
            if (reports[i].FullAt is not null)
            {
                reports = reports.SetItem(i, reconcilers[i].Retry());
                least = reports[i].FullAt is { } rules && !(rules >= least) ? rules : least;
            }
        }

        return least;
    }

    /// <summary>Covers first, then the fallback's snapshot, then drops (docs/architecture.md).</summary>
    /// <param name="update">What each NIC shall hold.</param>
    /// <param name="snapshot">The policy that the plan was made of.</param>
    /// <param name="reconcilers">One per port.</param>
    /// <param name="fallback">Decides whatever the NICs do not.</param>
    /// <param name="between">Called before and after each step, for tests with packets in flight.</param>
    /// <returns>What each port's NIC answered, in the order of <paramref name="reconcilers"/>.</returns>
    public static ImmutableArray<ApplyReport> Run(
        PlanUpdate update,
        PolicySnapshot snapshot,
        ImmutableArray<FlowReconciler> reconcilers,
        FallbackDataPath fallback,
        Action? between = null)
    {
        foreach (FlowReconciler reconciler in reconcilers)
        {
            between?.Invoke();
            reconciler.Prepare(update);
        }

        between?.Invoke();
        fallback.Publish(snapshot);
        ImmutableArray<ApplyReport>.Builder reports = ImmutableArray.CreateBuilder<ApplyReport>(reconcilers.Length);
        foreach (FlowReconciler reconciler in reconcilers)
        {
            between?.Invoke();
            reports.Add(reconciler.Complete());
        }

        between?.Invoke();
        return reports.MoveToImmutable();
    }

    /// <summary>
    /// Chooses anew by traffic what is in a table that is too small. The policy in force stays, and so does the fallback's
    /// snapshot. Where nobody knew how many rules fit, a port that has run out of room teaches it.
    /// </summary>
    /// <param name="planner">Has planned for these ports so far.</param>
    /// <param name="sample">The traffic since the last call.</param>
    /// <param name="mayMove">The ports may be asked for changes now; if not, the traffic is only taken in.</param>
    /// <param name="reconcilers">One per port.</param>
    /// <returns>What is planned now; no reports where no port was asked for anything.</returns>
    public static (PlanUpdate Update, ImmutableArray<ApplyReport>? Reports) Rechoose(
        IncrementalPlanner planner, TrafficSample sample, bool mayMove, ImmutableArray<FlowReconciler> reconcilers)
    {
        PlanUpdate update = planner.Rechoose(sample, mayMove);
        if (update.IsEmpty)
        {
            return (update, null);
        }

        ImmutableArray<ApplyReport> reports = Move(update, reconcilers);
        if (!planner.Capabilities.IsTableSizeKnown && RoomOf(reconcilers, ref reports) is { } rules)
        {
            planner.LearnTableSize(rules);
            update = planner.Rechoose(TrafficSample.None(TimeSpan.Zero), mayMove: false);
            reports = update.IsEmpty ? reports : Move(update, reconcilers);
        }

        return (update, reports);
    }

    private static ImmutableArray<ApplyReport> Move(PlanUpdate update, ImmutableArray<FlowReconciler> reconcilers)
    {
        foreach (FlowReconciler reconciler in reconcilers)
        {
            reconciler.Prepare(update);
        }

        return [.. reconcilers.Select(reconciler => reconciler.Complete())];
    }
}
