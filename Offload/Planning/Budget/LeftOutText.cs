using System.Globalization;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.Offload.Planning.Budget;

/// <summary>Says of a set that is not in the table why: what it would need, what it would bring, what is in instead.</summary>
internal static class LeftOutText
{
    internal static PuntedRegion Region(RuleSet set, PlanChoice choice, NicCapabilities nic)
    {
        UnitKey unit = UnitKey.Of(set);
        SetBenefit benefit = choice.LeftOut[unit];
        int pairs = choice.Pairs.Count(pair => pair.Unit == unit);
        string arrow = set.Direction == Policy.Model.Direction.Ingress ? "←" : "→";
        string but = pairs == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture, $", but for {pairs} hot {(pairs == 1 ? "pair" : "pairs")} with a drop each");
        return new PuntedRegion(
            set.Pod,
            set.Direction,
            string.Create(
                CultureInfo.InvariantCulture, $"everything {set.Own} {arrow} any: its {set.Count} rules do not fit{but}"),
            PuntReason.TableFull,
            string.Empty,
            set.Verdicts.IsEmpty ? [] : set.Verdicts[0].Origins,
            $"{nic.Name}: {nic.TableSize.Value} rules, {nic.TableSize.Source}; {Measured(benefit, choice)}");
    }

    private static string Measured(SetBenefit benefit, PlanChoice choice) =>
        benefit.PerSecond <= 0 && choice.WeakestDensity <= 0
            ? "without measured traffic the smallest sets go first"
            : $"it would drop {Rate(benefit.PerSecond)} packets/s, {Rate(benefit.PerSecond / Math.Max(1, benefit.Rules))} " +
                $"per rule; the least in the table drops {Rate(choice.WeakestDensity)}";

    /// <summary>Two significant digits are as much as a decayed rate says.</summary>
    private static string Rate(double perSecond) => perSecond >= 10
        ? perSecond.ToString("F0", CultureInfo.InvariantCulture)
        : perSecond.ToString("G2", CultureInfo.InvariantCulture);
}
