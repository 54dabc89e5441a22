using System.Collections.Immutable;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Apply;

/// <summary>Makes reports of the books, and keeps the lists of the last one for as long as they are true.</summary>
internal sealed class ReportWriter
{
    private readonly RuleBook _book;
    private ImmutableArray<RefusedRule> _refused = [];
    private ImmutableArray<PlannedRule> _missing = [];
    private long _version = -1;

    internal ReportWriter(RuleBook book) => _book = book;

    /// <summary>The report of a step.</summary>
    /// <param name="tableFull">The driver ran out of space.</param>
    /// <param name="isHarmless">Whether a rule that is stuck only punts, or a stronger punt stands before it.</param>
    internal ApplyReport Write(bool tableFull, Func<PlannedRule, bool> isHarmless)
    {
        if (_version != _book.Version)
        {
            _version = _book.Version;
            _refused = [.. _book.Refused.OrderBy(state => state.Key).Select(state => state.Refusal!)];
            _missing =
            [
                .. _book.Missing.OrderBy(state => state.Desired!.Verdict == RuleVerdict.Pass).ThenBy(state => state.Order)
                    .Select(state => state.Desired!),
            ];
        }

        ImmutableArray<StuckRule> stuck = _book.Stuck.Count == 0 ? [] :
        [
            .. _book.Stuck.Select(state => state.Installed!).OrderBy(rule => rule.Sequence).Select(rule => new StuckRule(
                rule.Rule, rule.DestroyRefusal!, isHarmless(rule.Rule))),
        ];
        return new ApplyReport(_book.Created, _book.Destroyed, _book.Count, _refused, stuck, _missing, tableFull);
    }
}
