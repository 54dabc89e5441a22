using System.Collections.Immutable;
using NetPolNic.Fallback;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Hosting;

/// <summary>Puts a policy in force on every port, in the order that keeps each packet's verdict right (I4).</summary>
internal static class PolicyUpdate
{
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

    /// <summary>The same with the policy that is in force: rules move, the fallback's snapshot stays.</summary>
    public static ImmutableArray<ApplyReport> Rechoose(PlanUpdate update, ImmutableArray<FlowReconciler> reconcilers)
    {
        foreach (FlowReconciler reconciler in reconcilers)
        {
            reconciler.Prepare(update);
        }

        return [.. reconcilers.Select(reconciler => reconciler.Complete())];
    }
}
