using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Dpdk.Flow;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Apply;

/// <summary>
/// What is desired, what the NIC has confirmed to hold and what it has refused, with lists of the rules that need work, so
/// that an update does not look at the others. The only place that calls the NIC.
/// </summary>
internal sealed class RuleBook
{
    private readonly IFlowTable _table;
    private readonly Dictionary<RuleKey, RuleState> _states = [];
    private readonly Dictionary<RuleKey[], int> _users = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<RuleKey[]> _complete = new(ReferenceEqualityComparer.Instance);
    private long _sequence;
    private long _order;

    internal RuleBook(IFlowTable table) => _table = table;

    /// <summary>Drops and passes of the plan that are not in the NIC.</summary>
    internal HashSet<RuleState> Missing { get; } = [];

    /// <summary>Those of them that a refusal which will not change by itself stands against.</summary>
    internal HashSet<RuleState> Blocked { get; } = [];

    /// <summary>Drops and passes in the NIC that may have to go: not desired any more, or with other punts.</summary>
    internal HashSet<RuleState> Suspect { get; } = [];

    /// <summary>Punts in the NIC that no drop or pass there depended on when they were last looked at.</summary>
    internal HashSet<RuleState> Idle { get; } = [];

    /// <summary>Rules that the driver would not create.</summary>
    internal HashSet<RuleState> Refused { get; } = [];

    /// <summary>Rules that the driver would not destroy.</summary>
    internal HashSet<RuleState> Stuck { get; } = [];

    /// <summary>What in groups above 0 is between two plans.</summary>
    internal GroupBook Groups { get; } = new();

    /// <summary>Rules in the NIC.</summary>
    internal int Count { get; private set; }

    /// <summary>Rules that are best given to the NIC at once.</summary>
    internal int BatchSize => _table.BatchSize;

    /// <summary>The books and the NIC may differ, until a <see cref="Flush"/>.</summary>
    internal bool NeedsFlush => _table.NeedsFlush;

    /// <summary>Rule operations that the NIC was asked for since the books were opened.</summary>
    internal long Calls { get; private set; }

    /// <summary>Rules created since <see cref="BeginStep"/>.</summary>
    internal int Created { get; private set; }

    /// <summary>Rules destroyed since <see cref="BeginStep"/>.</summary>
    internal int Destroyed { get; private set; }

    /// <summary>Counts up whenever <see cref="Missing"/> or <see cref="Refused"/> may say something else.</summary>
    internal long Version { get; private set; }

    /// <summary>Everything in the NIC, oldest first.</summary>
    internal IEnumerable<InstalledRule> Installed =>
        _states.Values.Select(state => state.Installed).OfType<InstalledRule>().OrderBy(rule => rule.Sequence);

    /// <summary>Everything that is desired or in the NIC.</summary>
    internal IEnumerable<PlannedRule> All =>
        _states.Values.Select(state => state.Installed?.Rule ?? state.Desired).OfType<PlannedRule>();

    /// <summary>Everything that is desired.</summary>
    internal IEnumerable<RuleState> Desired => _states.Values.Where(state => state.Desired is not null);

    internal RuleState? Find(RuleKey key) => _states.GetValueOrDefault(key);

    internal bool Has(RuleKey key) => Find(key)?.Installed is not null;

    /// <summary>Whether all of these punts are in the NIC.</summary>
    internal bool HasAll(ImmutableArray<RuleKey> punts)
    {
        if (punts.IsEmpty || _complete.Contains(ArrayOf(punts)))
        {
            return true;
        }

        foreach (RuleKey key in punts)
        {
            if (!Has(key))
            {
                return false;
            }
        }

        _complete.Add(ArrayOf(punts));
        return true;
    }

    internal void BeginStep()
    {
        Created = 0;
        Destroyed = 0;
    }

    /// <summary>Takes over what a plan says about a rule, be it new or other than before.</summary>
    internal void Desire(PlannedRule rule)
    {
        RuleState state = StateOf(rule.Key);
        if (ReferenceEquals(state.Desired, rule))
        {
            return;
        }

        state.Group = rule.Spec.Attr.Group;
        state.Order = state.Desired is null ? _order++ : state.Order;
        state.Desired = rule;
        if (state.Refusal is { } refusal)
        {
            state.Refusal = refusal with { Rule = rule };
            Version++;
        }

        if (state.Installed is { } installed)
        {
            Adopt(state, installed, rule);
        }

        NoteMissing(state);
    }

    /// <summary>The plan has the rule no longer.</summary>
    internal void Release(RuleKey key)
    {
        if (Find(key) is not { Desired: not null } state)
        {
            return;
        }

        state.Desired = null;
        ForgetRefusal(state);
        NoteMissing(state);
        if (state.Installed is { IsPunt: false })
        {
            Suspect.Add(state);
        }

        DropIfForgettable(state);
    }

    /// <summary>Creates a rule; null where it now is in the NIC.</summary>
    internal RuleRejection? Create(PlannedRule rule)
    {
        Calls++;
        return Book(rule, _table.Create(rule.Spec));
    }

    /// <summary>Creates rules that do not depend on each other.</summary>
    /// <param name="rules">The rules, at most <see cref="BatchSize"/>.</param>
    /// <param name="rejections">For each that was tried null where it now is in the NIC.</param>
    /// <returns>How many were tried.</returns>
    internal int Create(ReadOnlySpan<PlannedRule> rules, Span<RuleRejection?> rejections)
    {
        if (rules.Length == 1)
        {
            rejections[0] = Create(rules[0]);
            return 1;
        }

        FlowSpec[] specs = new FlowSpec[rules.Length];
        for (int i = 0; i < specs.Length; i++)
        {
            specs[i] = rules[i].Spec;
        }

        FlowCreateResult[] results = new FlowCreateResult[specs.Length];
        int tried = _table.Create(specs, results);
        Calls += tried;
        for (int i = 0; i < tried; i++)
        {
            rejections[i] = Book(rules[i], results[i]);
        }

        return tried;
    }

    /// <summary>Destroys a rule; one that the driver keeps stays in the books with the driver's answer.</summary>
    internal bool Destroy(RuleState state)
    {
        Calls++;
        return Book(state, _table.Destroy(state.Installed!.Handle));
    }

    /// <summary>Destroys rules, at most <see cref="BatchSize"/>; says of each whether it is gone.</summary>
    internal bool[] Destroy(ReadOnlySpan<RuleState> states)
    {
        bool[] gone = new bool[states.Length];
        if (states.Length == 1)
        {
            gone[0] = Destroy(states[0]);
            return gone;
        }

        object[] handles = new object[states.Length];
        for (int i = 0; i < handles.Length; i++)
        {
            handles[i] = states[i].Installed!.Handle;
        }

        RuleRejection?[] rejections = new RuleRejection?[states.Length];
        Calls += states.Length;
        _table.Destroy(handles, rejections);
        for (int i = 0; i < gone.Length; i++)
        {
            gone[i] = Book(states[i], rejections[i]);
        }

        return gone;
    }

    /// <summary>Takes every rule out where nobody knows otherwise what is in; false where the port does not let us.</summary>
    internal bool Flush()
    {
        Calls++;
        return _table.Flush() is null;
    }

    /// <summary>The end of a step.</summary>
    internal void Tidy() => _table.Tidy();

    private RuleRejection? Book(PlannedRule rule, FlowCreateResult result)
    {
        if (result.Handle is null)
        {
            return result.Rejection ?? new RuleRejection(RejectReason.Other, FlowErrorType.None, -1, 0, null);
        }

        RuleState state = StateOf(rule.Key);
        state.Group = rule.Spec.Attr.Group;
        state.Installed = new InstalledRule(rule, result.Handle, _sequence++);
        Count++;
        Created++;
        Acquire(rule.DependsOn);
        NoteMissing(state);
        if (state.Installed.IsPunt && state.NeededBy == 0)
        {
            Idle.Add(state);
        }

        return null;
    }

    private bool Book(RuleState state, RuleRejection? rejection)
    {
        InstalledRule rule = state.Installed!;
        SetDestroyRefusal(state, rejection);
        if (rejection is not null)
        {
            return false;
        }

        state.Installed = null;
        Count--;
        Destroyed++;
        Suspect.Remove(state);
        Idle.Remove(state);
        if (rule.IsPunt || state.Group > 0)
        {
            _complete.Clear();
        }

        ReleaseAll(rule.Rule.DependsOn);
        NoteMissing(state);
        DropIfForgettable(state);
        return true;
    }

    internal void SetDestroyRefusal(RuleState state, RuleRejection? refusal)
    {
        state.Installed!.DestroyRefusal = refusal;
        _ = refusal is null ? Stuck.Remove(state) : Stuck.Add(state);
    }

    internal void Refuse(RuleState state, RuleRejection rejection)
    {
        state.Refusal = new RefusedRule(state.Desired!, rejection);
        Refused.Add(state);
        Version++;
    }

    internal void ForgetRefusal(RuleState state)
    {
        if (Refused.Remove(state))
        {
            state.Refusal = null;
            Version++;
        }
    }

    internal FlowCountResult QueryCount(InstalledRule rule)
    {
        Calls++;
        return _table.QueryCount(rule.Handle);
    }

    /// <summary>The NIC holds nothing any more; what is desired stays.</summary>
    internal void ForgetInstalled()
    {
        _table.Forget();
        foreach (RuleState state in _states.Values.ToList())
        {
            state.Installed = null;
            state.NeededBy = 0;
            NoteMissing(state);
            DropIfForgettable(state);
        }

        _users.Clear();
        _complete.Clear();
        Blocked.Clear();
        Suspect.Clear();
        Idle.Clear();
        Stuck.Clear();
        Count = 0;
    }

    private void Adopt(RuleState state, InstalledRule installed, PlannedRule rule)
    {
        ImmutableArray<RuleKey> before = installed.Rule.DependsOn;
        installed.Rule = rule;
        SetDestroyRefusal(state, null);
        Acquire(rule.DependsOn);
        ReleaseAll(before);
        if (!installed.IsPunt)
        {
            Suspect.Add(state);
        }
    }

    // Lists are shared between rules, and counted once for all of them.
    private void Acquire(ImmutableArray<RuleKey> punts)
    {
        if (punts.IsEmpty)
        {
            return;
        }

        ref int users = ref CollectionsMarshal.GetValueRefOrAddDefault(_users, ArrayOf(punts), out _);
        if (users++ == 0)
        {
            foreach (RuleKey key in punts)
            {
                StateOf(key).NeededBy++;
            }
        }
    }

    private void ReleaseAll(ImmutableArray<RuleKey> punts)
    {
        if (punts.IsEmpty)
        {
            return;
        }

        ref int users = ref CollectionsMarshal.GetValueRefOrNullRef(_users, ArrayOf(punts));
        if (--users > 0)
        {
            return;
        }

        _users.Remove(ArrayOf(punts));
        foreach (RuleKey key in punts)
        {
            RuleState state = _states[key];
            if (--state.NeededBy == 0 && state.Installed is { IsPunt: true })
            {
                Idle.Add(state);
            }

            DropIfForgettable(state);
        }
    }

    private void NoteMissing(RuleState state)
    {
        Groups.Note(state);
        if (state.IsMissing)
        {
            Missing.Add(state);
        }
        else if (!Missing.Remove(state))
        {
            return;
        }

        Blocked.Remove(state);
        Version++;
    }

    private RuleState StateOf(RuleKey key)
    {
        ref RuleState? state = ref CollectionsMarshal.GetValueRefOrAddDefault(_states, key, out _);
        return state ??= new RuleState(key);
    }

    private void DropIfForgettable(RuleState state)
    {
        if (state.IsForgettable)
        {
            _states.Remove(state.Key);
        }
    }

    private static RuleKey[] ArrayOf(ImmutableArray<RuleKey> keys) => ImmutableCollectionsMarshal.AsArray(keys)!;
}
