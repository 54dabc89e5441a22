using CsCheck;
using NetPolNic.TestSupport;

namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>Random cases.</summary>
internal static class CaseGen
{
    /// <summary>Sequences under one policy.</summary>
    public static Gen<Case> Steady { get; } = Of(Steps(1), 40, 100, changes: false);

    /// <summary>Sequences with policy changes in them.</summary>
    public static Gen<Case> Changing { get; } = Of(Steps(0), 40, 100, changes: true);

    /// <summary>Short sequences with changes, for tests that run each case many times.</summary>
    public static Gen<Case> Short { get; } = Of(Steps(0), 20, 40, changes: true);

    /// <summary>Names of the shipped profiles.</summary>
    public static Gen<string> Profile { get; } = Gen.OneOf("mlx5", "ice", "i40e", "full");

    private static Gen<Step> Steps(int firstOp) =>
        from op in Gen.Int[firstOp, 24]
        from probe in ClusterGen.Probe
        from which in Gen.Int[0, 1_000]
        from choice in Gen.Int[0, 1_000_000]
        select new Step(op, probe, which, choice);

    private static Gen<Case> Of(Gen<Step> step, int least, int most, bool changes) =>
        from profile in Gen.OneOf("mlx5", "ice", "i40e", "full")
        from state in ClusterGen.StateWithDefects
        from other in changes ? ClusterGen.StateWithDefects : Gen.Const(state)
        from mode in ClusterGen.Mode
        from node in ClusterGen.Node
        from keep in Gen.Int[0, 3]
        from steps in step.Array[least, most]
        select new Case(profile, state, other, mode, node, keep == 0, steps);
}
