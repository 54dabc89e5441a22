using System.Collections.Immutable;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>Collects the punted regions of one unit.</summary>
internal sealed class PuntReport
{
    private readonly UnitContext _unit;

    internal PuntReport(UnitContext unit) => _unit = unit;

    internal List<PuntedRegion> Regions { get; } = [];

    /// <summary>Adds a region of the unit; without origins of its own it comes from what isolates the pod.</summary>
    internal void Add(string region, PlanFailure failure, ImmutableArray<RuleOrigin>? origins = null) =>
        Regions.Add(new PuntedRegion(
            _unit.Pod,
            _unit.Direction,
            region,
            failure.Reason,
            failure.FieldName,
            origins ?? _unit.New.IsolatedBy,
            failure.Fact));
}
