using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Dpdk.Flow;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Apply;

/// <summary>
/// Creates rules, each after everything that it depends on, in any depth: in waves of rules that do not depend on each other,
/// so that a whole wave can be on its way to the NIC at once.
/// </summary>
internal sealed class RulePlacer
{
    /// <summary>No room in the table; ENOMEM may be about something else.</summary>
    private const int Enospc = 28;

    private readonly RuleBook _book;
    private readonly GroupGuard _guard;
    private readonly RoomTest _room;
    private readonly List<RuleState> _wave = [];
    private readonly HashSet<RuleState> _inWave = [];
    private readonly Dictionary<RuleKey[], Readiness> _known = new(ReferenceEqualityComparer.Instance);
    private readonly List<RuleKey[]> _waiting = [];

    internal RulePlacer(RuleBook book, GroupGuard guard)
    {
        _book = book;
        _guard = guard;
        _room = new RoomTest(book, guard);
    }

    private enum Readiness
    {
        Done,
        Waiting,
        Impossible,
    }

    /// <summary>The driver ran out of space, or of patience: no more creations in this step.</summary>
    internal bool IsFull { get; set; }

    /// <summary>The port's last answer was that it has no rte_flow.</summary>
    internal bool HasNoFlowApi { get; set; }

    /// <summary>
    /// Rules that the NIC held when it said last that it has no room (ENOSPC), or was shown to have none; null: neither in
    /// this step.
    /// </summary>
    internal int? FullAt { get; private set; }

    /// <summary>Where the port does not say why it refuses a rule, it may be tried whether there is room for it.</summary>
    internal bool MayTestRoom { get; set; }

    /// <summary>Some rule led to a group that was not whole.</summary>
    internal bool HasLeftOut { get; set; }

    internal void BeginStep()
    {
        IsFull = false;
        FullAt = null;
        MayTestRoom = false;
        _room.BeginStep();
    }

    /// <summary>Creates what rules depend on, and the rules themselves where that is asked for.</summary>
    /// <param name="rules">Desired rules, most important first.</param>
    /// <param name="whole">The rules, too; false: only what they depend on.</param>
    /// <param name="oneByOne">
    /// Each rule with its dependencies before the next one begins: where there is no room for all, the first are whole.
    /// </param>
    internal void Place(List<RuleState> rules, bool whole, bool oneByOne = false)
    {
        RefusalWalk refused = new(_book);
        int batch = oneByOne ? 1 : _book.BatchSize;
        for (int from = 0; from < rules.Count && !IsFull; from += batch)
        {
            Place(CollectionsMarshal.AsSpan(rules).Slice(from, Math.Min(batch, rules.Count - from)), whole, refused);
        }
    }

    private void Place(ReadOnlySpan<RuleState> rules, bool whole, RefusalWalk refused)
    {
        do
        {
            _wave.Clear();
            _inWave.Clear();
            _known.Clear();
            foreach (RuleState state in rules)
            {
                if ((whole && state.Installed is not null) || !refused.Allow(state))
                {
                    continue;
                }

                if (Ready(state.Desired!.DependsOn) == Readiness.Done && whole)
                {
                    bool astray = _guard.LeadsAstray(state.Desired);
                    HasLeftOut |= astray;
                    if (!astray && state.Refusal is null)
                    {
                        Join(state);
                    }
                }
            }
        }
        while (CreateWave() && !IsFull);
    }

    /// <summary>Puts into the wave whatever of a list can be created now.</summary>
    private Readiness Ready(ImmutableArray<RuleKey> keys)
    {
        if (_book.HasAll(keys))
        {
            return Readiness.Done;
        }

        RuleKey[] array = ImmutableCollectionsMarshal.AsArray(keys)!;
        if (_known.TryGetValue(array, out Readiness known))
        {
            return known;
        }

        foreach (RuleKey key in array)
        {
            if (_book.Find(key) is not { } state || (state.Installed is null && (state.Desired is null || state.Refusal is not null)))
            {
                return _known[array] = Readiness.Impossible;
            }
        }

        (int joined, int waited) = (_wave.Count, _waiting.Count);
        foreach (RuleKey key in array)
        {
            RuleState state = _book.Find(key)!;
            if (state.Installed is not null)
            {
                continue;
            }

            switch (Ready(state.Desired!.DependsOn))
            {
                case Readiness.Done:
                    Join(state);
                    break;
                case Readiness.Impossible:
                    Leave(joined, waited);
                    return _known[array] = Readiness.Impossible;
                default:
                    break;
            }
        }

        _waiting.Add(array);
        return _known[array] = Readiness.Waiting;
    }

    private void Join(RuleState state)
    {
        if (_inWave.Add(state))
        {
            _wave.Add(state);
        }
    }

    // Nothing is created for the sake of a rule that cannot be; another one may ask for it yet.
    private void Leave(int joined, int waited)
    {
        foreach (RuleState state in CollectionsMarshal.AsSpan(_wave)[joined..])
        {
            _inWave.Remove(state);
        }

        _wave.RemoveRange(joined, _wave.Count - joined);
        foreach (RuleKey[] array in CollectionsMarshal.AsSpan(_waiting)[waited..])
        {
            _known.Remove(array);
        }

        _waiting.RemoveRange(waited, _waiting.Count - waited);
    }

    // What depends on a refused rule is not to come, so that the wave ends behind a batch with one. False: nothing to do.
    private bool CreateWave()
    {
        _waiting.Clear();
        List<RuleState> batch = [];
        bool goesOn = true;
        for (int i = 0; i < _wave.Count && goesOn; i++)
        {
            if (_guard.ObstacleTo(_wave[i]) is { } obstacle)
            {
                HasNoFlowApi = false;
                _book.Refuse(_wave[i], obstacle);
                goesOn = false;
            }
            else
            {
                batch.Add(_wave[i]);
            }

            if (batch.Count == _book.BatchSize || (batch.Count > 0 && (i == _wave.Count - 1 || !goesOn)))
            {
                goesOn &= Create(batch);
                batch.Clear();
            }
        }

        return _wave.Count > 0;
    }

    private bool Create(List<RuleState> batch)
    {
        PlannedRule[] rules = [.. batch.Select(state => state.Desired!)];
        RuleRejection?[] rejections = new RuleRejection?[rules.Length];
        List<RuleState> unexplained = [];
        int tried = _book.Create(rules, rejections);
        bool all = tried == rules.Length;
        for (int i = 0; i < tried; i++)
        {
            HasNoFlowApi = rejections[i]?.Reason == RejectReason.NoFlowApi;
            if (rejections[i] is { } rejection)
            {
                all = false;
                _book.Refuse(batch[i], rejection);
                FullAt = rejection is { Reason: RejectReason.TableFull, Errno: Enospc, IsOfTemplates: false }
                    ? _book.Count : FullAt;
                IsFull |= rejection.Reason
                    is RejectReason.TableFull or RejectReason.NoFlowApi or RejectReason.DeviceGone;
                if (RoomTest.IsUnexplained(rejection))
                {
                    unexplained.Add(batch[i]);
                }
            }
        }

        if (unexplained.Count > 0 && MayTestRoom && !IsFull && _room.ShowsFull(unexplained))
        {
            FullAt = _room.FullAt;
            IsFull = true;
            foreach (RuleState state in _book.Refused.Where(state => RoomTest.IsUnexplained(state.Refusal!.Rejection)).ToList())
            {
                _book.Refuse(state, RoomTest.NoRoom);
            }
        }

        return all;
    }
}
