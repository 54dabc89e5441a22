using System.Collections.Immutable;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Classifier;

/// <summary>
/// The sets of rules that a sweep meets, each distinct one once, so that a step from one to the next is a look-up: most
/// sweeps meet few sets many times. Set 0 is empty.
/// </summary>
internal sealed class ActiveRules
{
    private readonly ImmutableArray<AllowRule> _rules;
    private readonly PortListPool _ports;
    private readonly Dictionary<(int Set, int Rule), int> _steps = [];
    private readonly Dictionary<int[], int> _known = new(new ByContent());
    private readonly List<(int[] Rules, int PortList)> _sets = [([], 0)];

    public ActiveRules(ImmutableArray<AllowRule> rules, PortListPool ports)
    {
        _rules = rules;
        _ports = ports;
        _known.Add([], 0);
    }

    /// <summary>The set that has a rule more, or less where it has it.</summary>
    public int Toggle(int set, int rule)
    {
        if (_steps.TryGetValue((set, rule), out int next))
        {
            return next;
        }

        int[] rules = _sets[set].Rules;
        int at = Array.BinarySearch(rules, rule);
        int[] toggled = at >= 0 ? [.. rules[..at], .. rules[(at + 1)..]] : [.. rules[..~at], rule, .. rules[~at..]];
        if (!_known.TryGetValue(toggled, out next))
        {
            next = _sets.Count;
            _known.Add(toggled, next);
            _sets.Add((toggled, -1));
        }

        _steps.Add((set, rule), next);
        return next;
    }

    /// <summary>Index of the list of ports that any rule of a set opens.</summary>
    public int PortListOf(int set)
    {
        (int[] rules, int portList) = _sets[set];
        if (portList < 0)
        {
            PortSet ports = PortSet.Empty;
            foreach (int rule in rules)
            {
                ports = ports.Union(_rules[rule].Ports);
            }

            portList = _ports.Add(ports);
            _sets[set] = (rules, portList);
        }

        return portList;
    }

    private sealed class ByContent : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? left, int[]? right) => left.AsSpan().SequenceEqual(right);

        public int GetHashCode(int[] rules)
        {
            HashCode hash = default;
            foreach (int rule in rules)
            {
                hash.Add(rule);
            }

            return hash.ToHashCode();
        }
    }
}
