using System.Runtime.CompilerServices;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>Expands the rules of each policy once per distinct set of named ports of its subjects.</summary>
internal sealed class RuleResolver(PeerResolver peers, IsolationMode mode)
{
    private readonly RuleExpander _expander = new(peers, mode);
    private readonly Dictionary<MemoKey, List<RuleMerger.Entry>> _memo = [];

    /// <param name="policy">A policy that speaks in this direction.</param>
    /// <param name="direction">The list to resolve.</param>
    /// <param name="subject">A pod that the policy selects.</param>
    /// <param name="portsKey">Equal for pods with the same named ports; "" where they do not matter.</param>
    public IReadOnlyList<RuleMerger.Entry> Resolve(
        NetworkPolicy policy,
        Direction direction,
        Pod subject,
        string portsKey)
    {
        MemoKey key = new(policy, direction, portsKey);
        if (!_memo.TryGetValue(key, out List<RuleMerger.Entry>? entries))
        {
            _memo.Add(key, entries = _expander.Expand(policy, direction, subject));
        }

        return entries;
    }

    /// <summary>A policy by reference, its content is not compared; a direction; the ports of the subject.</summary>
    private readonly record struct MemoKey(NetworkPolicy Policy, Direction Direction, string Ports)
    {
        public bool Equals(MemoKey other) =>
            ReferenceEquals(Policy, other.Policy) && Direction == other.Direction && Ports == other.Ports;

        public override int GetHashCode() =>
            HashCode.Combine(RuntimeHelpers.GetHashCode(Policy), Direction, Ports);
    }
}
