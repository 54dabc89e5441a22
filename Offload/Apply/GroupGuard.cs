using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Apply;

/// <summary>
/// Keeps groups right while their content is exchanged. A pure punt at the strongest priority of a group takes the region
/// of a rule that has to go before its successor can come, and of one that will not go; a group whose content is not whole
/// is cut off from the drops and passes that lead to it.
/// </summary>
internal sealed class GroupGuard
{
    /// <summary>Groups below are demultiplexers, whose punts the rules beside them name as what they depend on.</summary>
    private const uint FirstContentGroup = 3;

    private const int Ebusy = 16;

    private readonly RuleBook _book;
    private Func<uint, RuleTemplate?> _puntIn = _ => null;
    private RuleTemplate? _remainder;
    private readonly HashSet<uint> _forsaken = [];
    private HashSet<uint> _astray = [];
    private long _astrayVersion;

    internal GroupGuard(RuleBook book) => _book = book;

    /// <summary>Takes over how punts look; what an update does not say stays.</summary>
    internal void Adopt(RuleDelta delta)
    {
        if (delta.PuntIn(0) is not null)
        {
            _puntIn = delta.PuntIn;
        }

        _remainder = delta.Remainder ?? _remainder;
    }

    /// <summary>The pure punt that stands before a rule and takes its effect away; null where there can be none.</summary>
    internal PlannedRule? NeutraliserOf(PlannedRule rule) => IsPure(rule) ? null : PuntBefore(rule);

    /// <summary>The rule can do no harm: it only punts, or a punt stands before it.</summary>
    internal bool IsHarmless(PlannedRule rule) =>
        IsPure(rule) || (NeutraliserOf(rule) is { } neutraliser && _book.Has(neutraliser.Key));

    /// <summary>
    /// Keys of the punts that stand before rules which are to go and have not: as long as those are there, so are these.
    /// </summary>
    internal HashSet<RuleKey> Neutralisers() =>
    [
        .. _book.Stuck.Concat(_book.Groups.Strangers)
            .Select(state => PuntBefore(state.Installed!.Rule)).OfType<PlannedRule>().Select(rule => rule.Key),
    ];

    /// <summary>Puts a punt before a rule that will not go.</summary>
    internal void Neutralise(InstalledRule rule)
    {
        if (NeutraliserOf(rule.Rule) is { } neutraliser && !_book.Has(neutraliser.Key))
        {
            _book.Create(neutraliser);
        }
    }

    /// <summary>
    /// Makes room for new punts of a group: the region of each rule in their way is punted, then the rule is taken out.
    /// Where that punt is refused the rule stays, its group stays as it is, and is cut off.
    /// </summary>
    internal void ExchangeClashes()
    {
        List<RuleState> clashes = _book.Groups.Clashes(IsPure);
        foreach (RuleState[] batch in clashes.Chunk(_book.BatchSize))
        {
            CreatePuntsBefore(batch);
            RuleState[] gone =
            [
                .. batch.Where(old => old.NeededBy == 0 && PuntBefore(old.Installed!.Rule) is { } punt && _book.Has(punt.Key)),
            ];
            if (gone.Length > 0)
            {
                _book.Destroy(gone);
            }
        }
    }

    // One that is refused is found missing.
    private void CreatePuntsBefore(RuleState[] rules)
    {
        PlannedRule[] punts =
        [
            .. rules.Select(old => PuntBefore(old.Installed!.Rule)).OfType<PlannedRule>()
                .Where(punt => !_book.Has(punt.Key)).DistinctBy(punt => punt.Key),
        ];
        if (punts.Length > 0)
        {
            _book.Create(punts, new RuleRejection?[punts.Length]);
        }
    }

    /// <summary>
    /// Why a rule may not be created now: its group still has other content in the NIC that no punt stands before. A pure punt
    /// of an earlier plan stands in the way of a jump only, which might take from it what the policy in force allows.
    /// </summary>
    internal RuleRejection? ObstacleTo(RuleState state)
    {
        bool isJump = state.Desired is { Verdict: RuleVerdict.Punt } desired && !IsPure(desired);
        foreach (RuleState stranger in state.Group > 0 ? _book.Groups.StrangersIn(state.Group) : [])
        {
            PlannedRule rule = stranger.Installed!.Rule;
            if (!IsHarmless(rule) || (isJump && PuntBefore(rule) is { } punt && !_book.Has(punt.Key)))
            {
                return new RuleRejection(
                    RejectReason.Busy,
                    FlowErrorType.AttrGroup,
                    -1,
                    Ebusy,
                    FormattableString.Invariant($"group {state.Group} still holds a rule of an earlier plan"));
            }
        }

        return null;
    }

    /// <summary>Has the drops and passes looked at that lead to a group which is not whole.</summary>
    internal void SuspectThoseAstray()
    {
        if (Astray().Count > 0)
        {
            foreach (InstalledRule rule in _book.Installed.Where(rule => !rule.IsPunt && LeadsAstray(rule.Rule)))
            {
                _book.Suspect.Add(_book.Find(rule.Rule.Key)!);
            }
        }
    }

    /// <summary>
    /// Punts of the plan that nothing depends on are about to go: whatever leads to their groups has to go before them.
    /// </summary>
    internal void SuspectThoseOf(IEnumerable<RuleState> idle)
    {
        foreach (RuleState state in idle)
        {
            if (state is { Desired: not null, NeededBy: 0, Group: >= FirstContentGroup })
            {
                _forsaken.Add(state.Group);
                _astrayVersion = -1;
            }
        }

        SuspectThoseAstray();
    }

    /// <summary>The punts are gone, or needed again.</summary>
    internal void EndOfTearDown()
    {
        if (_forsaken.Count > 0)
        {
            _forsaken.Clear();
            _astrayVersion = -1;
        }
    }

    /// <summary>The rule leads to a group that is not whole, over however many jumps.</summary>
    internal bool LeadsAstray(PlannedRule rule) => JumpOf(rule.Spec) is { } group && Astray().Contains(group);

    /// <summary>
    /// Content groups that packets still come to, because what leads there would not go and no punt stands before it: what the
    /// plan has in them stays, as one entry without another may be wrong.
    /// </summary>
    internal HashSet<uint> StillLedTo()
    {
        ILookup<uint, PlannedRule> jumps = _book.Installed.Select(installed => installed.Rule)
            .Where(rule => JumpOf(rule.Spec) >= FirstContentGroup).ToLookup(rule => rule.Spec.Attr.Group);
        HashSet<uint> reached =
        [
            .. jumps.Where(group => group.Key < FirstContentGroup).SelectMany(group => group)
                .Where(rule => !IsHarmless(rule)).Select(rule => JumpOf(rule.Spec)!.Value),
        ];
        Extend(reached, group => jumps[group].Select(rule => JumpOf(rule.Spec)!.Value));
        return reached;
    }

    private PlannedRule? PuntBefore(PlannedRule rule)
    {
        uint group = rule.Spec.Attr.Group;
        RuleTemplate? punt = _puntIn(group);
        RuleTemplate? template = group == 0 && rule.Verdict == RuleVerdict.Pass ? _remainder ?? punt : punt;
        if (template is null)
        {
            return null;
        }

        FlowSpec spec = template.With(rule.Spec.Pattern);
        spec = spec with { Attr = spec.Attr with { Group = group } };
        RuleKey key = RuleKey.Of(spec);
        return key == rule.Key
            ? null
            : new PlannedRule(key, spec, RuleVerdict.Punt, rule.Pod, rule.Direction, rule.Origins, []);
    }

    private HashSet<uint> Astray()
    {
        if (_astrayVersion == _book.Groups.Version)
        {
            return _astray;
        }

        _astrayVersion = _book.Groups.Version;
        _astray = [.. _book.Groups.Incomplete.Where(group => group >= FirstContentGroup), .. _forsaken];
        ILookup<uint, uint>? sources = null;
        Extend(_astray, group =>
        {
            sources ??= _book.All.Where(rule => JumpOf(rule.Spec) is not null)
                .ToLookup(rule => JumpOf(rule.Spec)!.Value, rule => rule.Spec.Attr.Group);
            return sources[group].Where(source => source >= FirstContentGroup);
        });
        return _astray;
    }

    /// <summary>Adds whatever is reached from groups, over however many steps.</summary>
    private static void Extend(HashSet<uint> groups, Func<uint, IEnumerable<uint>> next)
    {
        Queue<uint> open = new(groups);
        while (open.TryDequeue(out uint group))
        {
            foreach (uint found in next(group).Where(groups.Add))
            {
                open.Enqueue(found);
            }
        }
    }

    // What a group calls a punt may itself be a jump: from egress content to the ingress demultiplexer.
    private bool IsPure(PlannedRule rule) => rule.Verdict == RuleVerdict.Punt &&
        (JumpOf(rule.Spec) is not { } target ||
            (_puntIn(rule.Spec.Attr.Group) is { } punt && JumpOf(punt.Actions) == target));

    private static uint? JumpOf(FlowSpec spec) => JumpOf(spec.Actions);

    private static uint? JumpOf(ImmutableArray<FlowAction> actions)
    {
        foreach (FlowAction action in actions)
        {
            if (action is JumpAction jump)
            {
                return jump.Group;
            }
        }

        return null;
    }
}
