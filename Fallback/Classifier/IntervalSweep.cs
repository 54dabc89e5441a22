using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Classifier;

/// <summary>
/// Cuts one family's address space where the open ports change: a merge of the rules' sorted prefixes.
/// </summary>
internal sealed class IntervalSweep
{
    private readonly Cursor[] _cursors;
    private readonly PriorityQueue<int, UInt128> _next = new();
    private readonly ActiveRules _active;

    private IntervalSweep(ImmutableArray<AllowRule> rules, PortListPool ports)
    {
        _active = new ActiveRules(rules, ports);
        _cursors = new Cursor[rules.Length];
    }

    /// <summary>One stretch of addresses, from Start to the next stretch's, and its port list.</summary>
    public readonly record struct Stretch(UInt128 Start, int PortList);

    /// <summary>The stretches of a family in ascending order; the first starts at 0 and neighbours differ.</summary>
    public static List<Stretch> Cut(ImmutableArray<AllowRule> rules, IpFamily family, PortListPool ports) =>
        new IntervalSweep(rules, ports).Run(rules, family);

    private List<Stretch> Run(ImmutableArray<AllowRule> rules, IpFamily family)
    {
        for (int rule = 0; rule < rules.Length; rule++)
        {
            _cursors[rule] = new Cursor(rules[rule].Peers.Prefixes, family);
            Queue(rule);
        }

        List<Stretch> stretches = [new Stretch(0, 0)];
        int set = 0;
        while (_next.TryPeek(out int rule, out UInt128 at))
        {
            do
            {
                _next.Dequeue();
                set = _active.Toggle(set, rule);
                Queue(rule);
            }
            while (_next.TryPeek(out rule, out UInt128 next) && next == at);
            Append(stretches, new Stretch(at, _active.PortListOf(set)));
        }

        return stretches;
    }

    private void Queue(int rule)
    {
        if (_cursors[rule].TryNext(out UInt128 at))
        {
            _next.Enqueue(rule, at);
        }
    }

    private static void Append(List<Stretch> stretches, Stretch next)
    {
        if (stretches[^1].Start == next.Start)
        {
            stretches.RemoveAt(stretches.Count - 1);
        }

        if (stretches.Count == 0 || stretches[^1].PortList != next.PortList)
        {
            stretches.Add(next);
        }
    }

    /// <summary>Walks the edges of one rule's prefixes of one family: first address, address after the last.</summary>
    private struct Cursor
    {
        private readonly ImmutableArray<IpPrefix> _prefixes;
        private readonly UInt128 _lastOfFamily;
        private readonly int _end;
        private int _at;
        private bool _inside;

        public Cursor(ImmutableArray<IpPrefix> prefixes, IpFamily family)
        {
            _prefixes = prefixes;
            _lastOfFamily = IpPrefix.Everything(family).Last.Value;

            // A set's prefixes are sorted, IPv4 first.
            int firstV6 = prefixes.AsSpan().BinarySearch(new FirstV6());
            firstV6 = firstV6 < 0 ? ~firstV6 : firstV6;
            _at = family == IpFamily.V4 ? 0 : firstV6;
            _end = family == IpFamily.V4 ? firstV6 : prefixes.Length;
        }

        /// <summary>The next edge; false after the last, or where the rest reaches the family's last address.</summary>
        public bool TryNext(out UInt128 edge)
        {
            edge = 0;
            if (_at == _end)
            {
                return false;
            }

            if (!_inside)
            {
                _inside = true;
                edge = _prefixes[_at].Addr.Value;
                return true;
            }

            UInt128 last = _prefixes[_at].Last.Value;
            _at++;
            while (_at < _end && _prefixes[_at].Addr.Value == last + 1)
            {
                last = _prefixes[_at].Last.Value;
                _at++;
            }

            _inside = false;
            edge = last == _lastOfFamily ? 0 : last + 1;
            return last != _lastOfFamily;
        }

        /// <summary>Compares as less than every IPv6 prefix and more than every IPv4 one.</summary>
        private readonly struct FirstV6 : IComparable<IpPrefix>
        {
            public int CompareTo(IpPrefix other) => other.Family == IpFamily.V4 ? 1 : -1;
        }
    }
}
