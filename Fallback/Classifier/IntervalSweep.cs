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

    /// <summary>The stretches of a family in ascending order; the first starts at 0 and neighbours differ.</summary>
    /// <returns>The caller's.</returns>
    public static StretchList Cut(ImmutableArray<AllowRule> rules, IpFamily family, PortListPool ports) =>
        new IntervalSweep(rules, ports).Run(rules, family);

    private StretchList Run(ImmutableArray<AllowRule> rules, IpFamily family)
    {
        int edges = 0;
        for (int rule = 0; rule < rules.Length; rule++)
        {
            _cursors[rule] = new Cursor(rules[rule].Peers.Prefixes, family);
            edges += _cursors[rule].EdgesLeft;
            if (_cursors[rule].TryNext(out UInt128 first))
            {
                _next.Enqueue(rule, first);
            }
        }

        StretchList stretches = new(edges + 1);
        stretches.Append(new Stretch(0, 0));
        int set = 0;
        while (_next.TryPeek(out int rule, out UInt128 at))
        {
            do
            {
                set = _active.Toggle(set, rule);
                Advance(rule);
            }
            while (_next.TryPeek(out rule, out UInt128 next) && next == at);
            stretches.Append(new Stretch(at, _active.PortListOf(set)));
        }

        return stretches;
    }

    /// <summary>Goes on to the next edge of the rule whose edge is first.</summary>
    private void Advance(int rule)
    {
        if (_cursors[rule].TryNext(out UInt128 at))
        {
            _next.DequeueEnqueue(rule, at);
        }
        else
        {
            _next.Dequeue();
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

        /// <summary>Edges at most.</summary>
        public readonly int EdgesLeft => 2 * (_end - _at);

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
