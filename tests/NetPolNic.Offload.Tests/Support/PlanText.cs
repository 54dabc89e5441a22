using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>Everything that a plan says, in words and without an order: to compare plans by content.</summary>
internal static class PlanText
{
    internal static string Of(PlannedRule rule) =>
        $"{rule.Key} {rule} {rule.Pod} {rule.Direction} from {string.Join(", ", rule.Origins.Order())} " +
        $"on {string.Join(", ", rule.DependsOn.Order())}";

    internal static IEnumerable<string> RulesOf(OffloadPlan plan) => plan.Rules.Select(Of).Order(StringComparer.Ordinal);

    internal static IEnumerable<string> PuntsOf(OffloadPlan plan) => plan.Punts
        .Select(punt => $"{punt with { Origins = [] }} {string.Join(", ", punt.Origins)}").Order(StringComparer.Ordinal);
}
