using Dpdk.Flow;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Apply;

/// <summary>
/// Finds out whether a rule was refused for want of room where the port does not say why, as the results of a flow queue do
/// not: it is asked for alone, then in the place of another rule, and that other one beside it. No, yes, no: the table is full.
/// The other one is a rule that could go at any time, since nothing in the NIC depends on it. Between the snapshot's swap and
/// the next update only.
/// </summary>
internal sealed class RoomTest
{
    private const int MostTests = 4;

    private readonly RuleBook _book;
    private readonly GroupGuard _guard;
    private int _tests;

    internal RoomTest(RuleBook book, GroupGuard guard)
    {
        _book = book;
        _guard = guard;
    }

    /// <summary>Rules that the NIC held when a test showed that it has no room for more; null: none did in this step.</summary>
    internal int? FullAt { get; private set; }

    /// <summary>What a refusal without a reason amounts to once a test has shown that there is no room.</summary>
    internal static RuleRejection NoRoom { get; } = new(
        RejectReason.TableFull,
        FlowErrorType.None,
        -1,
        0,
        "the creation failed, and rte_flow does not say why: rules fit in the place of others, and not beside them");

    /// <summary>Refused, and nobody knows why.</summary>
    internal static bool IsUnexplained(RuleRejection rejection) => rejection is { Reason: RejectReason.Other, Errno: 0 };

    internal void BeginStep()
    {
        _tests = 0;
        FullAt = null;
    }

    /// <summary>Asks for rules that were refused, the most important first, until one of them tells.</summary>
    /// <returns>Whether there is no room.</returns>
    internal bool ShowsFull(List<RuleState> refused)
    {
        bool goesOn = true;
        for (int i = 0; i < refused.Count && goesOn && FullAt is null && _tests < MostTests; i++)
        {
            _tests++;
            goesOn = !Try(refused[i]) && StandIn(refused[i]);
        }

        return FullAt is not null;
    }

    /// <summary>Whether another rule is to be tried.</summary>
    private bool StandIn(RuleState refused)
    {
        if (_book.NeedsFlush || Spare(refused) is not { } spare)
        {
            return false;
        }

        if (!_book.Destroy(spare))
        {
            // Nobody wanted it gone.
            _book.SetDestroyRefusal(spare, null);
            return false;
        }

        bool fits = Try(refused);
        bool both = Try(spare);
        if (fits && !both && IsUnexplained(spare.Refusal!.Rejection))
        {
            FullAt = _book.Count;
        }

        return !fits && both;
    }

    // Handles of rejected rules take room, too.
    private bool Try(RuleState state)
    {
        _book.Tidy();
        if (_book.Create(state.Desired!) is { } rejection)
        {
            _book.Refuse(state, rejection);
            return false;
        }

        _book.ForgetRefusal(state);
        return true;
    }

    /// <summary>
    /// The least important rule of those that can go and come back, a drop or pass before punts, one of the same place before
    /// others.
    /// </summary>
    // A content group without one of its punts is not whole, so nothing may lead to it.
    private RuleState? Spare(RuleState refused)
    {
        HashSet<RuleKey> needed = [.. refused.Desired!.DependsOn];
        HashSet<uint> ledTo = _guard.StillLedTo();
        RuleState? spare = null;
        foreach (RuleState state in _book.Desired)
        {
            if (state is { Installed: { DestroyRefusal: null }, NeededBy: 0 } &&
                !_book.Suspect.Contains(state) && !needed.Contains(state.Key) &&
                (!state.Installed.IsPunt || !ledTo.Contains(state.Group)) &&
                (spare is null || Rank(state).CompareTo(Rank(spare)) > 0) &&
                _book.HasAll(state.Desired!.DependsOn) && !_guard.LeadsAstray(state.Desired) &&
                _guard.ObstacleTo(state) is null)
            {
                spare = state;
            }
        }

        return spare;

        (bool IsDecision, bool IsAlike, bool IsPass, long Order) Rank(RuleState state) => (
            state.Desired!.Verdict != RuleVerdict.Punt,
            state.Desired.Spec.Attr == refused.Desired.Spec.Attr,
            state.Desired.Verdict == RuleVerdict.Pass,
            state.Order);
    }
}
