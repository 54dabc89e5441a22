using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.TestSupport;

namespace NetPolNic.Policy.Tests.Resolve.Incremental;

/// <summary>A cluster that changes step by step, and the changes since they were last taken.</summary>
internal sealed class ClusterWalk(IReadOnlyList<ClusterState> states)
{
    private const int MaxPolicies = 6;

    private readonly SortedDictionary<string, Namespace> _spaces = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Pod> _pods = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(PolicyApi Api, string Uid), NetworkPolicy> _policies = [];
    private ClusterChanges _changes = new();

    public ClusterState State => new([.. _spaces.Values], [.. _pods.Values], [.. _policies.Values]);

    /// <summary>The changes since the last call.</summary>
    public ClusterChanges Take()
    {
        ClusterChanges taken = _changes;
        _changes = new ClusterChanges();
        return taken;
    }

    /// <summary>Does a step; those that only say when to apply or resolve change nothing.</summary>
    public void Do(Step step)
    {
        ClusterState source = states[step.Source % states.Count];
        string uid = $"uid-{step.Number % Universe.PodCount}";
        Pod? fresh = source.Pods.FirstOrDefault(p => p.Uid == uid);
        switch (step.Kind)
        {
            case StepKind.PutPod or StepKind.PutPod2 when fresh is not null:
                Put(fresh);
                break;
            case StepKind.RemovePod:
                RemovePod(uid);
                break;
            case StepKind.ReplaceUid:
                ReplaceUid(uid);
                break;
            case StepKind.SwapAddresses or StepKind.CopyAddress:
                Readdress(uid, $"uid-{step.Source % Universe.PodCount}", swap: step.Kind == StepKind.SwapAddresses);
                break;
            case StepKind.Relist:
                Relist();
                break;
            case StepKind.RemoveUnknown:
                _changes.RemovePod("no such pod");
                _changes.RemoveNamespace("no such namespace");
                _changes.RemovePolicy(PolicyApi.V1, "no such policy");
                break;
            case >= StepKind.PutSpace and <= StepKind.ChangeAnnotation:
                DoSpace(step, source);
                break;
            case >= StepKind.PutPolicy and <= StepKind.ChangeRules:
                DoPolicy(step, source);
                break;
            default:
                if (_pods.TryGetValue(uid, out Pod? pod) && Changed(pod, fresh ?? pod, step) is { } changed)
                {
                    Put(changed);
                }

                break;
        }
    }

    /// <summary>Removes every object.</summary>
    public void Clear()
    {
        _pods.Keys.ToList().ForEach(RemovePod);
        foreach (string name in _spaces.Keys.ToList())
        {
            _spaces.Remove(name);
            _changes.RemoveNamespace(name);
        }

        foreach ((PolicyApi api, string uid) in _policies.Keys.ToList())
        {
            _policies.Remove((api, uid));
            _changes.RemovePolicy(api, uid);
        }
    }

    private static Pod? Changed(Pod pod, Pod fresh, Step step) => step.Kind switch
    {
        StepKind.RepeatPod => Copy(pod),
        StepKind.RelabelPod => pod with { Labels = fresh.Labels },
        StepKind.ChangePorts => pod with { Ports = fresh.Ports },
        StepKind.MovePod => pod with { NodeName = fresh.NodeName, NodeAddresses = fresh.NodeAddresses },
        StepKind.Terminate => pod with { Terminated = !pod.Terminated },
        StepKind.ToggleHostNetwork => pod with { HostNetwork = !pod.HostNetwork },
        StepKind.RenamePod => pod with { Name = fresh.Name + "r" },
        _ => null,
    };

    private static Pod Copy(Pod pod) => pod with
    {
        Labels = pod.Labels.ToImmutableSortedDictionary(l => l.Key, l => l.Value, StringComparer.Ordinal),
        Addresses = [.. pod.Addresses],
        NodeAddresses = [.. pod.NodeAddresses],
        Ports = [.. pod.Ports.Select(p => p with { })],
    };

    private void DoSpace(Step step, ClusterState source)
    {
        string name = Universe.Namespaces[step.Number % Universe.Namespaces.Count];
        Namespace fresh = source.Namespaces.FirstOrDefault(n => n.Name == name) ??
            new Namespace(name, ImmutableSortedDictionary<string, string>.Empty);
        Namespace now = _spaces.GetValueOrDefault(name, fresh);
        if (step.Kind == StepKind.RemoveSpace)
        {
            _spaces.Remove(name);
            _changes.RemoveNamespace(name);
            return;
        }

        Put(step.Kind switch
        {
            StepKind.RelabelSpace => now with { Labels = fresh.Labels },
            StepKind.ChangeAnnotation => now with { IsolationAnnotation = fresh.IsolationAnnotation },
            _ => fresh,
        });
    }

    private void DoPolicy(Step step, ClusterState source)
    {
        string uid = $"uid-p{step.Number % MaxPolicies}";
        NetworkPolicy? fresh = source.Policies.FirstOrDefault(p => p.Uid == uid);
        NetworkPolicy? now = _policies.Values.FirstOrDefault(p => p.Uid == uid);
        if (step.Kind == StepKind.RemovePolicy && now is not null)
        {
            _policies.Remove((now.Api, now.Uid));
            _changes.RemovePolicy(now.Api, now.Uid);
        }
        else if (fresh is not null && step.Kind is StepKind.PutPolicy or StepKind.PutPolicy2)
        {
            Put(fresh);
        }
        else if (fresh is not null && now is not null)
        {
            Put(step.Kind == StepKind.ChangeSubject
                ? now with { PodSelector = fresh.PodSelector }
                : now with { Ingress = fresh.Ingress, Egress = now.Api == PolicyApi.V1 ? fresh.Egress : [] });
        }
    }

    /// <summary>The pod is deleted and made again under another UID, with the same address (S-b17).</summary>
    private void ReplaceUid(string uid)
    {
        if (_pods.TryGetValue(uid, out Pod? pod))
        {
            RemovePod(uid);
            Put(pod with { Uid = $"{uid}-again" });
        }
        else if (_pods.TryGetValue($"{uid}-again", out Pod? again))
        {
            RemovePod(again.Uid);
            Put(again with { Uid = uid });
        }
    }

    private void Readdress(string left, string right, bool swap)
    {
        if (left != right && _pods.TryGetValue(left, out Pod? a) && _pods.TryGetValue(right, out Pod? b))
        {
            Put(a with { Addresses = b.Addresses });
            if (swap)
            {
                Put(b with { Addresses = a.Addresses });
            }
        }
    }

    private void Relist()
    {
        _pods.Values.ToList().ForEach(p => Put(Copy(p)));
        _spaces.Values.ToList().ForEach(n => Put(n with { }));
        _policies.Values.ToList().ForEach(p => Put(p with { Ingress = [.. p.Ingress.Select(r => r with { })] }));
    }

    private void RemovePod(string uid)
    {
        _pods.Remove(uid);
        _changes.RemovePod(uid);
    }

    private void Put(Pod pod)
    {
        _pods[pod.Uid] = pod;
        _changes.Put(pod);
    }

    private void Put(Namespace ns)
    {
        _spaces[ns.Name] = ns;
        _changes.Put(ns);
    }

    private void Put(NetworkPolicy policy)
    {
        _policies[(policy.Api, policy.Uid)] = policy;
        _changes.Put(policy);
    }
}
