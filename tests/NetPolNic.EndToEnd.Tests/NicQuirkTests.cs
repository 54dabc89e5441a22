using System.Globalization;
using CsCheck;
using NetPolNic.Agent.Emulation;
using NetPolNic.EndToEnd.Tests.Rig;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.EndToEnd.Tests;

/// <summary>
/// A NIC that misbehaves: no packet is decided wrong, what could not be installed is reported, and nothing leaks. Each
/// case changes its policy at least once.
/// </summary>
public sealed class NicQuirkTests
{
    private static readonly EmulatedPort[] s_ports = [EmulatedPort.Uplink, EmulatedPort.Pods];

    [Theory]
    [InlineData("tie_worse")]
    [InlineData("validate_lies")]
    [InlineData("tie_worse+validate_lies")]
    public void Decides_right_when_the_nic_picks_the_worse_of_ties_or_lies(string quirk) =>
        Failure.Check(
            CaseGen.Changing,
            200,
            of => Walk.FirstDifference(of, quirk, changed: rig => Books(rig) ?? Completeness(rig)));

    [Theory]
    [InlineData("EIO")]
    [InlineData("EBUSY")]
    [InlineData("ENOTSUP")]
    [InlineData("ENOMEM")]
    public void Decides_right_when_any_one_insertion_fails(string errno)
    {
        int failures = 0;
        Failure.Check(Changing, 4, of => FirstFailing(of, errno, ref failures));

        // Each rule of the plans was to be inserted once, so each failure has happened.
        Assert.NotEqual(0, failures);
    }

    [Fact]
    public void Decides_right_when_the_table_is_too_small() => Failure.Check(Changing, 12, of =>
    {
        int insertions = Insertions(of);
        for (int size = 0; size <= insertions; size += 1 + (size / 3))
        {
            string quirk = string.Create(CultureInfo.InvariantCulture, $"enospc:{size}");
            if (Walk.FirstDifference(of, quirk, changed: rig => Books(rig) ?? Full(rig, size)) is { } difference)
            {
                return $"{quirk}\n{difference}";
            }
        }

        return null;
    });

    /// <summary>Cases with a policy change, packets for each of its moments, and rules in the NIC.</summary>
    private static Gen<Case> Changing => CaseGen.Short.Where(of =>
        Array.FindIndex(of.Steps, step => step.Op == 0) is var change and >= 0 &&
        of.Steps.Length - change > 2 * Moments.Count && Insertions(of) > 0);

    /// <summary>Walks the case once for each insertion that may fail; fewer of the later ones.</summary>
    private static string? FirstFailing(Case of, string errno, ref int failures)
    {
        int insertions = Insertions(of);
        for (int n = 1; n <= insertions; n += 1 + (n / 12))
        {
            failures++;
            string quirk = string.Create(CultureInfo.InvariantCulture, $"fail_nth:{n}:{errno}");
            if (Walk.FirstDifference(of, quirk, changed: rig => Books(rig) ?? Retry(rig)) is { } difference)
            {
                return $"{quirk}\n{difference}";
            }
        }

        return null;
    }

    /// <summary>Insertions into one port, at least, over the first two policies.</summary>
    private static int Insertions(Case of)
    {
        PolicyResolver resolver = new(of.Mode);
        using NodeRig rig = new(of.Profile, of.Keep);
        rig.Node.Apply(resolver.Resolve(of.State, of.Node));
        HashSet<RuleKey> first = [.. rig.Node.Plan.Rules.Select(rule => rule.Key)];
        rig.Node.Apply(resolver.Resolve(of.Changed, of.Node));
        return first.Count + rig.Node.Plan.Rules.Count(rule => !first.Contains(rule.Key));
    }

    /// <summary>The port holds what the reconciler says, and the plan is either there or reported as missing.</summary>
    private static string? Books(NodeRig rig)
    {
        foreach (EmulatedPort port in s_ports)
        {
            int realized = rig.Node.ReconcilerOf(port).Realized.Length;
            if (rig.RulesIn(port) != realized)
            {
                return $"{port} holds {rig.RulesIn(port)} rules, the reconciler says {realized}";
            }
        }

        RuleKey[] missing = [.. rig.Node.LastReport!.Missing.Select(rule => rule.Key).Order()];
        RuleKey[] absent = [.. rig.NotRealized(EmulatedPort.Pods).Select(rule => rule.Key).Order()];
        return missing.SequenceEqual(absent)
            ? null
            : $"{absent.Length} drops and passes are not in the NIC, {missing.Length} are reported as missing";
    }

    private static string? Completeness(NodeRig rig) =>
        rig.Node.LastReport!.IsComplete ? null : $"the NIC refused nothing, yet: {rig.Node.LastReport}";

    /// <summary>The failure is over: what it left out is put in by a retry.</summary>
    private static string? Retry(NodeRig rig)
    {
        foreach (EmulatedPort port in s_ports)
        {
            ApplyReport report = rig.Node.ReconcilerOf(port).Retry();
            if (!report.IsComplete || rig.RulesIn(port) != rig.Node.Plan.Rules.Length)
            {
                int planned = rig.Node.Plan.Rules.Length;
                return $"{port} holds {rig.RulesIn(port)} of {planned} rules after a retry: {report}";
            }
        }

        return null;
    }

    private static string? Full(NodeRig rig, int size)
    {
        ApplyReport report = rig.Node.LastReport!;
        bool fits = rig.Node.Plan.Rules.Length <= size;
        bool reported = report.TableFull && !report.Missing.IsEmpty;
        return report.Installed <= size && (fits ? report.IsComplete : reported)
            ? null
            : $"a table of {size} for {rig.Node.Plan.Rules.Length} rules: {report}";
    }
}
