using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>The directions of local pods; a direction that nothing selects is open and not in the table.</summary>
internal sealed class DirectionTable(IsolationMode mode, SelectionTable selections, SetPool pool)
{
    private readonly Dictionary<DirectionKey, DirectionGroup> _groups = [];
    private readonly List<DirectionGroup> _dirty = [];
    private readonly List<DirectionGroup> _perhapsUnused = [];

    /// <summary>Distinct directions that are not open.</summary>
    public int Count => _groups.Count;

    /// <summary>The group of a local pod for a direction, or null where the pod is not isolated.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="space">Its namespace.</param>
    /// <param name="selecting">The policies that select it.</param>
    /// <param name="direction">The direction.</param>
    public DirectionGroup? Find(Pod pod, SpaceEntry space, List<PolicyEntry> selecting, Direction direction)
    {
        bool annotated = space.IsAnnotatedIsolated && PolicyRules.UsesAnnotation(mode);
        bool isolatedByAnnotation = annotated && direction == Direction.Ingress; // S-a1, S-a3
        List<PolicyEntry> speaking =
            [.. selecting.Where(p => PolicyRules.Speaks(p.Policy, direction, mode, annotated)).OrderBy(p => p.Number)];
        ImmutableArray<NetworkPolicy> isolating =
            [.. speaking.Select(p => p.Policy).Where(p => PolicyRules.Isolates(p, mode))];
        if (!isolatedByAnnotation && isolating.IsEmpty)
        {
            return null; // S-b2
        }

        bool usesPorts = speaking.Exists(p => RuleExpander.UsesSubjectPorts(p.Policy, direction));
        DirectionKey key = new(
            direction,
            isolatedByAnnotation ? space.Name : "",
            [.. speaking.Select(p => p.Number)],
            usesPorts ? NamedPortResolver.Key(pod) : "");
        if (!_groups.TryGetValue(key, out DirectionGroup? group))
        {
            group = new DirectionGroup(key, [.. speaking.Select(p => Activate(p, direction))], isolating, pod);
            _groups.Add(key, group);
            foreach (ActiveRules rules in group.Rules)
            {
                rules.Groups.Add(group);
            }

            MarkDirty(group);
        }

        return group;
    }

    /// <summary>A selection of the rules changed.</summary>
    public void MarkDirty(ActiveRules rules)
    {
        foreach (DirectionGroup group in rules.Groups)
        {
            MarkDirty(group);
        }
    }

    /// <summary>A local pod left the group.</summary>
    public void NoteLeft(DirectionGroup group) => _perhapsUnused.Add(group);

    /// <summary>Makes dirty directions anew and tells which pods that concerns.</summary>
    public void Refresh(Action<LocalPod> changed)
    {
        foreach (DirectionGroup group in _dirty)
        {
            if (group.Users.Count > 0 && group.Refresh(pool))
            {
                foreach (LocalPod user in group.Users)
                {
                    changed(user);
                }
            }
        }

        _dirty.Clear();
    }

    /// <summary>Forgets groups without pods, and rules and selections that no group uses then.</summary>
    public void ForgetUnused()
    {
        foreach (DirectionGroup group in _perhapsUnused)
        {
            if (group.Users.Count > 0 || !_groups.Remove(group.Key))
            {
                continue;
            }

            pool.Release(group.Result.Set);
            foreach (ActiveRules rules in group.Rules)
            {
                rules.Groups.Remove(group);
                if (rules.Groups.Count == 0)
                {
                    rules.Release();
                    rules.Policy.SetActive(rules.Direction, null);
                }
            }
        }

        _perhapsUnused.Clear();
    }

    private ActiveRules Activate(PolicyEntry policy, Direction direction)
    {
        ActiveRules? rules = policy.Active(direction);
        if (rules is null)
        {
            rules = new ActiveRules(policy, direction, mode, selections);
            policy.SetActive(direction, rules);
        }

        return rules;
    }

    private void MarkDirty(DirectionGroup group)
    {
        if (!group.IsDirty)
        {
            group.IsDirty = true;
            _dirty.Add(group);
        }
    }
}
