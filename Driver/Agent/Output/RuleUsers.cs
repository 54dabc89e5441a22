using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using Dpdk.Flow;
using NetPolNic.Agent.Control;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Output;

/// <summary>
/// Which pods each rule of a table serves. Rules that pods share name none of them: whose packets get there is known by
/// following the jumps that each pod has of its own. Immutable.
/// </summary>
internal sealed class RuleUsers
{
    private const int MaxPodsNamed = 3;

    private static readonly SortedDictionary<string, List<PlannedRule>> s_none = new(StringComparer.Ordinal);

    // By group, then by pod: the rules by which the pod's packets get there.
    private readonly Dictionary<uint, SortedDictionary<string, List<PlannedRule>>> _ways = [];
    private readonly Dictionary<string, HashSet<uint>> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<uint, int> _ruleCounts = [];

    private RuleUsers(IEnumerable<PlannedRule> rules)
    {
        List<(PlannedRule Rule, uint Target)> ways = [];
        Dictionary<uint, HashSet<uint>> next = [];
        foreach (PlannedRule rule in rules)
        {
            uint group = rule.Spec.Attr.Group;
            CollectionsMarshal.GetValueRefOrAddDefault(_ruleCounts, group, out _)++;
            if (TargetOf(rule.Spec) is not { } target)
            {
                continue;
            }

            if (rule.Pod.Length > 0)
            {
                ways.Add((rule, target));
            }
            else
            {
                ref HashSet<uint>? targets = ref CollectionsMarshal.GetValueRefOrAddDefault(next, group, out _);
                (targets ??= []).Add(target);
            }
        }

        // What leads back to where pods are told apart is no longer the content's.
        HashSet<uint> told = [.. ways.Select(way => way.Rule.Spec.Attr.Group)];
        Dictionary<uint, ImmutableArray<uint>> chains = [];
        foreach ((PlannedRule way, uint target) in ways)
        {
            if (!chains.TryGetValue(target, out ImmutableArray<uint> chain))
            {
                chains.Add(target, chain = From(target, next, told));
            }

            ref HashSet<uint>? groups = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, way.Pod, out _);
            (groups ??= []).UnionWith(chain);
            foreach (uint group in chain)
            {
                ref SortedDictionary<string, List<PlannedRule>>? users =
                    ref CollectionsMarshal.GetValueRefOrAddDefault(_ways, group, out _);
                users ??= new SortedDictionary<string, List<PlannedRule>>(StringComparer.Ordinal);
                if (!users.TryGetValue(way.Pod, out List<PlannedRule>? own))
                {
                    users.Add(way.Pod, own = []);
                }

                own.Add(way);
            }
        }
    }

    public static RuleUsers Of(IEnumerable<PlannedRule> rules) => new(rules);

    /// <summary>The pods that a rule serves, by name; none for what every plan with groups has.</summary>
    public IEnumerable<string> PodsOf(PlannedRule rule) => rule.Pod.Length > 0 ? [rule.Pod] : WaysOf(rule).Keys;

    /// <summary>The same in few words: "a/db, a/web, b/api and 12 more".</summary>
    public string NamesOf(PlannedRule rule)
    {
        string[] pods = [.. PodsOf(rule).Take(MaxPodsNamed)];
        int more = rule.Pod.Length > 0 ? 0 : WaysOf(rule).Count - pods.Length;
        string names = string.Join(", ", pods);
        return more > 0 ? string.Create(CultureInfo.InvariantCulture, $"{names} and {more} more") : names;
    }

    /// <summary>Whether a rule serves a pod.</summary>
    public bool Serves(PlannedRule rule, string pod) =>
        rule.Pod.Length > 0 ? rule.Pod == pod : WaysOf(rule).ContainsKey(pod);

    /// <summary>Rules that a pod has in common with others.</summary>
    public int SharedCountOf(string pod) =>
        _groups.TryGetValue(pod, out HashSet<uint>? groups) ? groups.Sum(group => _ruleCounts.GetValueOrDefault(group)) : 0;

    /// <summary>
    /// A rule as it serves one of its pods: where it names neither pod nor lines of policy, those of the way to it.
    /// </summary>
    /// <param name="rule">The rule.</param>
    /// <param name="packet">Tells the pod; null: the first by name.</param>
    public PlannedRule For(PlannedRule rule, PacketHeaders? packet)
    {
        IEnumerable<PlannedRule> ways = rule.Pod.Length > 0 ? [] : WaysOf(rule).Values.SelectMany(own => own);
        PlannedRule? way = ways.FirstOrDefault(candidate => packet is null || Leads(candidate, packet));
        return way is null ? rule : As(rule, way);
    }

    /// <summary>What a port's NIC lacks of the plan, as regions of each pod that it concerns.</summary>
    public IEnumerable<PuntedRegion> PuntsOf(ApplyReport report)
    {
        foreach ((PlannedRule rule, PuntedRegion punt) in report.Missing.Zip(report.ToPunts()))
        {
            bool any = false;
            foreach (PlannedRule way in rule.Pod.Length > 0 ? [] : WaysOf(rule).Values.Select(own => own[0]))
            {
                any = true;
                yield return punt with { Pod = way.Pod, Origins = punt.Origins.IsEmpty ? way.Origins : punt.Origins };
            }

            if (!any)
            {
                yield return punt;
            }
        }
    }

    private SortedDictionary<string, List<PlannedRule>> WaysOf(PlannedRule rule) =>
        _ways.GetValueOrDefault(rule.Spec.Attr.Group, s_none);

    /// <summary>A rule as it serves a pod; null: the first by name.</summary>
    public PlannedRule For(PlannedRule rule, string? pod) => pod is null || !WaysOf(rule).TryGetValue(pod, out var own)
        ? For(rule, packet: null)
        : As(rule, own[0]);

    private static PlannedRule As(PlannedRule rule, PlannedRule way) => rule.Pod.Length > 0 ? rule : rule with
    {
        Pod = way.Pod,
        Origins = rule.Origins.IsEmpty ? way.Origins : rule.Origins,
    };

    private static bool Leads(PlannedRule way, PacketHeaders packet)
    {
        (IpAddr? src, IpAddr? dst) = PodFilter.AddressesOf(way);
        return src == packet.Src || dst == packet.Dst;
    }

    private static uint? TargetOf(FlowSpec spec)
    {
        foreach (FlowAction action in spec.Actions)
        {
            if (action is JumpAction jump)
            {
                return jump.Group;
            }
        }

        return null;
    }

    private static ImmutableArray<uint> From(uint first, Dictionary<uint, HashSet<uint>> next, HashSet<uint> told)
    {
        HashSet<uint> seen = [first];
        Queue<uint> open = new([first]);
        while (open.TryDequeue(out uint group))
        {
            foreach (uint target in next.GetValueOrDefault(group) ?? [])
            {
                if (!told.Contains(target) && seen.Add(target))
                {
                    open.Enqueue(target);
                }
            }
        }

        return [.. seen.Order()];
    }
}
