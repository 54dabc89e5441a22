using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Dpdk.Flow;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Apply;

/// <summary>
/// Finds out whether a refusal stands against a rule or against something that it depends on, in any depth. For one pass over
/// the rules: lists of dependencies are shared between rules, and each is looked at once.
/// </summary>
internal sealed class RefusalWalk
{
    private readonly RuleBook _book;
    private readonly Dictionary<RuleKey[], RuleState?> _known = [];

    internal RefusalWalk(RuleBook book) => _book = book;

    /// <summary>The answer may be another one next time.</summary>
    internal static bool IsTransient(RuleState refused) =>
        refused.Refusal!.Rejection.Reason
            is not RejectReason.Unsupported and not RejectReason.Invalid and not RejectReason.NoFlowApi;

    /// <summary>
    /// Nothing stands against the rule. What the driver cannot express is not asked again until a retry, and its punts are not
    /// held in the NIC for it.
    /// </summary>
    internal bool Allow(RuleState state)
    {
        if (_book.Refused.Count == 0)
        {
            return true;
        }

        RuleState? refused = state.Refusal is not null ? state : Below(state.Desired!.DependsOn);
        if (refused is not null && !IsTransient(refused) && state.IsMissing)
        {
            _book.Blocked.Add(state);
        }

        return refused is null;
    }

    private RuleState? Below(ImmutableArray<RuleKey> keys)
    {
        if (keys.IsEmpty)
        {
            return null;
        }

        RuleKey[] array = ImmutableCollectionsMarshal.AsArray(keys)!;
        if (_known.TryGetValue(array, out RuleState? refused))
        {
            return refused;
        }

        foreach (RuleKey key in keys)
        {
            RuleState? state = _book.Find(key);
            refused = state?.Refusal is not null ? state
                : state is { Installed: null, Desired: { } rule } ? Below(rule.DependsOn) : null;
            if (refused is not null)
            {
                break;
            }
        }

        return _known[array] = refused;
    }
}
