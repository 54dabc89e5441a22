using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Agent.Output;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Control;

/// <summary>Chooses what concerns one local pod, or everything.</summary>
internal sealed class PodFilter
{
    private readonly ImmutableArray<LocalEndpoint> _endpoints;
    private readonly string _name;

    private PodFilter(string name, ImmutableArray<LocalEndpoint> endpoints)
    {
        _name = name;
        _endpoints = endpoints;
    }

    /// <summary>Everything is chosen.</summary>
    public bool IsAll => _name.Length == 0;

    /// <summary>A filter for "namespace/name"; empty: everything.</summary>
    /// <exception cref="UnanswerableException">No local pod has this name.</exception>
    public static PodFilter Of(string pod, PolicySnapshot snapshot)
    {
        ImmutableArray<LocalEndpoint> found = [.. snapshot.Endpoints.Where(endpoint => NameOf(endpoint) == pod)];
        if (pod.Length > 0 && found.IsEmpty)
        {
            string last = pod.Split('/')[^1];
            string[] near = [.. snapshot.Endpoints.Where(endpoint => endpoint.Name == last).Select(NameOf).Take(3)];
            string hint = near.Length == 0 ? "" : $"; did you mean {string.Join(" or ", near)}?";
            throw new UnanswerableException($"--pod: no local pod is called '{pod}' (namespace/name){hint}");
        }

        return new PodFilter(pod, found);
    }

    /// <summary>"namespace/name".</summary>
    public static string NameOf(LocalEndpoint endpoint) => $"{endpoint.Namespace}/{endpoint.Name}";

    /// <summary>The source and destination addresses that a rule names wholly; null for blocks and "any".</summary>
    public static (IpAddr? Src, IpAddr? Dst) AddressesOf(PlannedRule rule)
    {
        foreach (FlowItem item in rule.Spec.Pattern)
        {
            if (item is Ipv4Item v4)
            {
                return (V4(v4.Src), V4(v4.Dst));
            }

            if (item is Ipv6Item v6)
            {
                return (V6(v6.Src), V6(v6.Dst));
            }
        }

        return default;
    }

    /// <summary>Whether the pod is chosen.</summary>
    public bool Has(LocalEndpoint endpoint) => IsAll || NameOf(endpoint) == _name;

    /// <summary>Whether the region is a chosen pod's.</summary>
    public bool Has(PuntedRegion punt) => IsAll || punt.Pod == _name;

    /// <summary>Whether the rule was made for a chosen pod, serves it with others, or names one of its addresses.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="users">Whom the rules of its table serve.</param>
    public bool Has(PlannedRule rule, RuleUsers users)
    {
        if (IsAll || users.Serves(rule, _name))
        {
            return true;
        }

        (IpAddr? src, IpAddr? dst) = AddressesOf(rule);
        return _endpoints.Any(endpoint =>
            (src is { } from && endpoint.Addresses.Contains(from)) || (dst is { } to && endpoint.Addresses.Contains(to)));
    }

    /// <summary>The rule as it serves the chosen pod, or the first that it serves.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="users">Whom the rules of its table serve.</param>
    public PlannedRule As(PlannedRule rule, RuleUsers users) => users.For(rule, IsAll ? null : _name);

    private static IpAddr? V4(FieldMatch<uint>? field) =>
        field is { Mask: uint.MaxValue, Last: null } match ? IpAddr.V4(match.Spec) : null;

    private static IpAddr? V6(FieldMatch<UInt128>? field) =>
        field is { Last: null } match && match.Mask == UInt128.MaxValue ? IpAddr.V6(match.Spec) : null;
}
