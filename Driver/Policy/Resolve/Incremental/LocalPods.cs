using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>The local pods and their endpoints.</summary>
internal sealed class LocalPods(
    string? nodeName,
    LiveCluster cluster,
    DirectionTable directions,
    SetPool pool,
    SortedView<LocalEndpoint> endpoints)
{
    private readonly List<LocalPod> _queue = [];
    private readonly List<PolicyEntry> _selecting = [];

    public bool IsLocal(Pod pod) => nodeName is null || pod.NodeName == nodeName;

    /// <summary>A pod changed; its addresses are settled.</summary>
    public void Settle(PodEntry entry)
    {
        bool has = entry.Space is not null && !entry.Addresses.IsEmpty && IsLocal(entry.Pod!);
        if (!has)
        {
            Remove(entry);
            return;
        }

        LocalPod local = entry.Local ??= new LocalPod(entry);
        NodeEntry? node = cluster.Nodes.Of(entry.Pod!);
        if (local.Space != entry.Space || local.Node != node)
        {
            Leave(local);
            local.Space = entry.Space;
            local.Node = node;
            entry.Space!.Locals.Add(local);
            node?.Locals.Add(local);
        }

        MarkSubjects(local);
        MarkExemptPeers(local);
    }

    /// <summary>Which policies speak for the pod may have changed.</summary>
    public void MarkSubjects(LocalPod local)
    {
        local.AreSubjectsDirty = true;
        Queue(local);
    }

    /// <summary>Its own or its node's addresses may have changed.</summary>
    public void MarkExemptPeers(LocalPod local)
    {
        local.AreExemptPeersDirty = true;
        Queue(local);
    }

    /// <summary>What one of its directions allows changed.</summary>
    public void Queue(LocalPod local)
    {
        if (!local.IsQueued)
        {
            local.IsQueued = true;
            _queue.Add(local);
        }
    }

    /// <summary>Finds the policies that speak for the pods where that may have changed.</summary>
    public void RefreshSubjects()
    {
        foreach (LocalPod local in _queue.Where(l => l.AreSubjectsDirty && !l.IsRemoved))
        {
            local.AreSubjectsDirty = false;
            Pod pod = local.Entry.Pod!;
            SpaceEntry space = local.Space!;
            _selecting.Clear();
            space.Subjects.Find(pod.Labels, _selecting);
            DirectionGroup? ingress = directions.Find(pod, space, _selecting, Direction.Ingress);
            DirectionGroup? egress = directions.Find(pod, space, _selecting, Direction.Egress);
            ingress?.Users.Add(local);
            egress?.Users.Add(local);
            if (local.Ingress != ingress)
            {
                LeaveGroup(local, local.Ingress);
                local.Ingress = ingress;
            }

            if (local.Egress != egress)
            {
                LeaveGroup(local, local.Egress);
                local.Egress = egress;
            }
        }
    }

    /// <summary>Makes the endpoints of queued pods; one that says the same stays the instance that it was.</summary>
    public void RefreshEndpoints()
    {
        foreach (LocalPod local in _queue)
        {
            local.IsQueued = false;
            if (!local.IsRemoved)
            {
                RefreshEndpoint(local);
            }
        }

        _queue.Clear();
    }

    private void RefreshEndpoint(LocalPod local)
    {
        Pod pod = local.Entry.Pod!;
        if (local.AreExemptPeersDirty)
        {
            local.AreExemptPeersDirty = false;
            PeerSet exempt = pool.Acquire(PeerSet.OfAddresses(
                local.Entry.Addresses.Concat(cluster.Nodes.AddressesOf(pod)))); // S-b12, S-b13
            if (local.ExemptPeers is not null)
            {
                pool.Release(local.ExemptPeers);
            }

            local.ExemptPeers = exempt;
        }

        LocalEndpoint next = new(
            pod.Uid,
            pod.Namespace,
            pod.Name,
            local.Entry.Addresses,
            local.ExemptPeers!,
            local.Ingress?.Result ?? EndpointDirection.Open,
            local.Egress?.Result ?? EndpointDirection.Open);
        if (!next.Equals(local.Endpoint))
        {
            endpoints.Replace(local.Endpoint, next);
            local.Endpoint = next;
        }
    }

    private void Remove(PodEntry entry)
    {
        if (entry.Local is not { } local)
        {
            return;
        }

        entry.Local = null;
        local.IsRemoved = true;
        Leave(local);
        LeaveGroup(local, local.Ingress);
        LeaveGroup(local, local.Egress);
        endpoints.Replace(local.Endpoint, null);
        if (local.ExemptPeers is not null)
        {
            pool.Release(local.ExemptPeers);
        }
    }

    private static void Leave(LocalPod local)
    {
        local.Space?.Locals.Remove(local);
        local.Node?.Locals.Remove(local);
    }

    private void LeaveGroup(LocalPod local, DirectionGroup? group)
    {
        if (group is not null)
        {
            group.Users.Remove(local);
            directions.NoteLeft(group);
        }
    }
}
