using CsCheck;
using NetPolNic.Policy.Model;
using NetPolNic.TestSupport;

namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>Random cases.</summary>
internal static class CaseGen
{
    private static readonly Gen<ClusterState> s_guarded = Guarded();

    /// <summary>Sequences under one policy.</summary>
    public static Gen<Case> Steady { get; } = Of(Steps(1), 40, 100, changes: false);

    /// <summary>Sequences with policy changes in them.</summary>
    public static Gen<Case> Changing { get; } = Of(Steps(0), 40, 100, changes: true);

    /// <summary>Short sequences with changes, for tests that run each case many times.</summary>
    public static Gen<Case> Short { get; } = Of(Steps(0), 20, 40, changes: true);

    /// <summary>
    /// A cluster that denies more than <see cref="ClusterGen"/> makes it: some namespaces isolate all their pods.
    /// </summary>
    private static Gen<ClusterState> Guarded() =>
        from state in ClusterGen.StateWithDefects
        from guarded in Gen.Int[0, 7]
        from directions in Gen.Int[1, 3]
        select state with
        {
            Policies = state.Policies.AddRange(Universe.Namespaces
                .Where((_, i) => (guarded & (1 << i)) != 0)
                .Select(ns => DenyAll(ns, (directions & 1) != 0, (directions & 2) != 0))),
        };

    private static NetworkPolicy DenyAll(string ns, bool ingress, bool egress) => new(
        PolicyApi.V1, $"uid-deny-{ns}", ns, "deny", LabelSelector.Everything, ingress, egress, [], []);

    private static Gen<Step> Steps(int firstOp) =>
        from op in Gen.Int[firstOp, PacketMaker.FreshOp]
        from probe in ClusterGen.Probe
        from which in Gen.Int[0, 1_000]
        from choice in Gen.Int[0, 1_000_000]
        select new Step(op, probe, which, choice);

    private static Gen<Case> Of(Gen<Step> step, int least, int most, bool changes) =>
        from profile in Gen.OneOf("mlx5", "ice", "i40e", "full")
        from state in s_guarded
        from other in changes ? s_guarded : Gen.Const(state)
        from mode in ClusterGen.Mode
        from node in ClusterGen.Node
        from keep in Gen.Int[0, 3]
        from steps in step.Array[least, most]
        select new Case(profile, state, other, mode, node, keep == 0, [.. steps.Select(s => Aim(s, state))]);

    /// <summary>Most packets go to a pod, come from one, or both: strangers have little to say about policy.</summary>
    private static Step Aim(Step step, ClusterState state)
    {
        IpAddr[] pods =
        [
            .. state.Pods.Where(pod => !pod.HostNetwork && !pod.Terminated).SelectMany(pod => pod.Addresses)
                .Where(addr => addr.Family == step.Probe.Src.Family).Distinct(),
        ];
        if (pods.Length == 0)
        {
            return step;
        }

        bool aimsTo = step.Choice % 5 != 0;
        bool aimsFrom = step.Choice / 5 % 2 == 0;
        IpAddr dst = aimsTo ? pods[step.Which % pods.Length] : step.Probe.Dst;
        IpAddr src = aimsFrom && pods.Length > 1
            ? pods.Where(pod => pod != dst).ElementAt(step.Which / pods.Length % (pods.Length - 1))
            : step.Probe.Src;
        return step with { Probe = step.Probe with { Src = src, Dst = dst } };
    }
}
