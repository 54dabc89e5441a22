using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Micro;

/// <summary>A resolver that has followed a synthetic cluster so far, and single events to give it; each can be taken back.</summary>
internal sealed class ResolverEvents
{
    private readonly Random _random = new(11);
    private readonly Dictionary<string, Pod> _now;
    private readonly Pod[] _own;
    private readonly Pod[] _local;
    private readonly Pod[] _productionFronts;
    private readonly NetworkPolicy[] _localPolicies;
    private int _counter;

    public ResolverEvents(ClusterState state, IncrementalResolver resolver)
    {
        Resolver = resolver;
        HashSet<string> production =
            [.. state.Namespaces.Where(n => n.Labels.GetValueOrDefault("env") == "prod").Select(n => n.Name)];
        _own = [.. state.Pods.Where(p => !p.HostNetwork)];
        _local = [.. _own.Where(p => p.NodeName == SyntheticCluster.Node)];
        _productionFronts = [.. _own.Where(p => production.Contains(p.Namespace) && p.Labels.GetValueOrDefault("role") == "front")];
        HashSet<string> spaces = [.. _local.Select(p => p.Namespace)];
        _localPolicies = [.. state.Policies.Where(p => spaces.Contains(p.Namespace))];
        _now = _own.ToDictionary(p => p.Uid, StringComparer.Ordinal);
    }

    public IncrementalResolver Resolver { get; }

    /// <summary>Gives a resolver the whole cluster.</summary>
    public static ResolverEvents Start(ClusterState state)
    {
        IncrementalResolver resolver = new(IsolationMode.Auto, SyntheticCluster.Node);
        resolver.Apply(ClusterChanges.Of(state));
        resolver.Resolve();
        return new ResolverEvents(state, resolver);
    }

    /// <summary>A label that no policy names changes on any pod.</summary>
    public ClusterChanges UnnamedLabel() => Relabel(Any(_own), "version", $"v{_counter++}");

    /// <summary>A pod enters or leaves the largest selection, the front ends of production.</summary>
    public ClusterChanges NamedLabel()
    {
        Pod pod = Any(_productionFronts);
        return Relabel(pod, "role", pod.Labels["role"] == "front" ? "other" : "front");
    }

    /// <summary>A local pod becomes one of another app: other policies speak for it.</summary>
    public ClusterChanges LocalLabel() => Relabel(Any(_local), "app", SyntheticCluster.App(_random.Next(8)));

    /// <summary>A front end of production gets another address, as when it is made anew elsewhere.</summary>
    public ClusterChanges NewAddress()
    {
        Pod pod = Any(_productionFronts);
        return Put(pod with { Addresses = [IpAddr.V4(0x0b00_0000u + (uint)_counter++)] });
    }

    /// <summary>A policy of a local pod's namespace gets another port.</summary>
    public ClusterChanges PolicyPort()
    {
        NetworkPolicy policy = _localPolicies[_random.Next(_localPolicies.Length)];
        ushort number = (ushort)(1024 + (_counter++ % 60000));
        ClusterChanges changes = new();
        changes.Put(policy with
        {
            AppliesToIngress = true,
            Ingress = [new PolicyRule([new PeerMatch(PodSelector: LabelSelector.Everything)], [new L4PortMatch(L4Proto.Tcp, number, number)])],
        });
        return changes;
    }

    /// <summary>Applies an event and returns the snapshot after it.</summary>
    public PolicySnapshot Apply(ClusterChanges changes)
    {
        Resolver.Apply(changes);
        return Resolver.Resolve();
    }

    private Pod Any(Pod[] pods) => _now[pods[_random.Next(pods.Length)].Uid];

    private ClusterChanges Relabel(Pod pod, string key, string value) =>
        Put(pod with { Labels = pod.Labels.SetItem(key, value) });

    private ClusterChanges Put(Pod pod)
    {
        _now[pod.Uid] = pod;
        ClusterChanges changes = new();
        changes.Put(pod);
        return changes;
    }
}
