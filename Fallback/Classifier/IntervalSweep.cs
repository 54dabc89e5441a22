using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Classifier;

/// <summary>Cuts one family's address space where the rules that apply change.</summary>
internal static class IntervalSweep
{
    /// <summary>
    /// One stretch of addresses, from Start to the next stretch's, and the rules that apply there, ascending.
    /// </summary>
    public readonly record struct Stretch(UInt128 Start, ImmutableArray<int> Rules);

    /// <summary>The stretches of a family in ascending order; the first starts at 0 and neighbours differ.</summary>
    public static List<Stretch> Cut(ImmutableArray<AllowRule> rules, IpFamily family)
    {
        List<(UInt128 At, int Rule, bool Begins)> edges = [];
        UInt128 lastOfFamily = IpPrefix.Everything(family).Last.Value;
        for (int rule = 0; rule < rules.Length; rule++)
        {
            foreach (IpPrefix prefix in rules[rule].Peers.Prefixes.Where(p => p.Family == family))
            {
                edges.Add((prefix.Addr.Value, rule, true));
                if (prefix.Last.Value != lastOfFamily)
                {
                    edges.Add((prefix.Last.Value + 1, rule, false));
                }
            }
        }

        edges.Sort((a, b) => a.At.CompareTo(b.At));
        List<Stretch> stretches = [new Stretch(0, [])];
        int[] depth = new int[rules.Length];
        SortedSet<int> active = [];
        for (int i = 0; i < edges.Count;)
        {
            UInt128 at = edges[i].At;
            for (; i < edges.Count && edges[i].At == at; i++)
            {
                Apply(edges[i].Rule, edges[i].Begins, depth, active);
            }

            Append(stretches, new Stretch(at, [.. active]));
        }

        return stretches;
    }

    private static void Apply(int rule, bool begins, int[] depth, SortedSet<int> active)
    {
        depth[rule] += begins ? 1 : -1;
        if (depth[rule] > 0)
        {
            active.Add(rule);
        }
        else
        {
            active.Remove(rule);
        }
    }

    private static void Append(List<Stretch> stretches, Stretch next)
    {
        if (stretches[^1].Rules.AsSpan().SequenceEqual(next.Rules.AsSpan()))
        {
            return;
        }

        if (stretches[^1].Start == next.Start)
        {
            stretches.RemoveAt(stretches.Count - 1);
        }

        stretches.Add(next);
    }
}
