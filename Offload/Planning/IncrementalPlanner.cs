using System.Collections.Immutable;
using System.Runtime.InteropServices;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning.Budget;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>
/// Plans one snapshot after the other at the cost of what differs between them. <see cref="OffloadPlanner.Plan"/> is the
/// definition of what comes out. Pods are told apart by reference: a resolver that keeps unchanged pods in place makes
/// updates cheap, one that does not makes them as dear as a full plan. Not safe for concurrent use.
/// </summary>
public sealed class IncrementalPlanner
{
    private NicCapabilities _nic;
    private readonly EndpointPlanner _planner;
    private readonly TableChoice _rules;
    private readonly PairSource _drops;
    private readonly ImmutableArray<FamilyPasses> _passes;
    private readonly Dictionary<LocalEndpoint, EndpointPlan> _plans = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<LocalEndpoint> _lacking = new(ReferenceEqualityComparer.Instance);
    private ImmutableArray<LocalEndpoint> _endpoints = [];
    private LocalAddresses _local = new([]);
    private PlanUpdate _last = PlanUpdate.Of(OffloadPlan.Empty);
    private PairEnds? _ends;
    private int _puntCount;
    private int _partialCount;

    /// <param name="nic">What the NIC can do.</param>
    /// <param name="options">What plans shall look like.</param>
    /// <param name="budget">How a table that is too small is filled; null: as by default.</param>
    /// <exception cref="ArgumentException">The options name no queue.</exception>
    public IncrementalPlanner(NicCapabilities nic, PlanOptions options, BudgetOptions? budget = null)
    {
        ArgumentNullException.ThrowIfNull(nic);
        ArgumentNullException.ThrowIfNull(options);
        _nic = nic;
        _rules = new TableChoice(nic.TableSize.Value, budget ?? BudgetOptions.Default);
        _planner = new EndpointPlanner(nic, options);
        _drops = new PairSource(_planner.Pairs, () => _ends ??= new PairEnds(_endpoints));
        _passes =
        [
            new FamilyPasses(IpFamily.V4, _planner.Passes, _rules),
            new FamilyPasses(IpFamily.V6, _planner.Passes, _rules),
        ];
    }

    /// <summary>What is planned for: narrower than at first once <see cref="LearnTableSize"/> was called.</summary>
    public NicCapabilities Capabilities => _nic;

    /// <summary>Not all drops fit the table: <see cref="Rechoose"/> may find better ones for it.</summary>
    public bool IsLimited => _rules.IsLimited;

    /// <summary>
    /// Traffic tells <see cref="Rechoose"/> something: not all drops fit, or the NIC has too few priorities for some and drops
    /// single pairs instead.
    /// </summary>
    public bool WantsTraffic => _rules.WantsTraffic;

    /// <summary>What the last <see cref="Rechoose"/> has changed.</summary>
    public RechoiceReport LastRechoice { get; private set; }

    /// <summary>What of the plan is in the table.</summary>
    internal PlanChoice Choice => _rules.Choice;

    /// <summary>Packets a second that a unit's rules drop or would drop, by what was measured.</summary>
    internal double Rate(UnitKey unit) => _rules.Rate(unit);

    /// <summary>
    /// A refusal has shown that no more rules fit. The next update chooses among the rules; what is chosen again is not
    /// touched.
    /// </summary>
    public void LearnTableSize(int rules)
    {
        _nic = _nic.LearnTableSize(rules);
        _planner.Assembly.LearnTableSize(rules);
        _rules.LearnTableSize(_nic.TableSize.Value);
    }

    /// <summary>
    /// Takes measured traffic in and chooses again what is in a table that is too small. An update like that of a snapshot,
    /// for the same policy; where it is empty the choice stands, and nobody needs to follow it.
    /// </summary>
    /// <param name="sample">What was measured since the last call.</param>
    /// <param name="mayMove">Rules may be exchanged now; if not, the traffic is taken in and the choice stands.</param>
    public PlanUpdate Rechoose(TrafficSample sample, bool mayMove = true)
    {
        ArgumentNullException.ThrowIfNull(sample);
        _rules.Fit(_drops);
        LastRechoice = _rules.Rechoose(sample, _drops, mayMove);
        return _last = Describe(isSamePolicy: true);
    }

    /// <summary>Plans a snapshot; the update counts from the one that the last call returned.</summary>
    public PlanUpdate Update(PolicySnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        (List<LocalEndpoint> gone, List<LocalEndpoint> come) = Difference(_endpoints, snapshot.Endpoints);
        _endpoints = snapshot.Endpoints;
        _planner.Begin(gone.Select(endpoint => _plans[endpoint]), come);
        if (!KeepsPlaces(gone, come))
        {
            LocalAddresses before = _local;
            _local = new LocalAddresses(snapshot.Endpoints);
            PlanConcerned(gone, come, !before.All.AsSpan().SequenceEqual(_local.All.AsSpan()));
        }

        foreach (LocalEndpoint endpoint in come)
        {
            SetPlan(endpoint, _planner.Plan(endpoint, _local));
        }

        foreach (LocalEndpoint endpoint in gone)
        {
            SetPlan(endpoint, null);
        }

        PlanLacking();
        _planner.Commit();

        if (gone.Count + come.Count > 0)
        {
            foreach (FamilyPasses passes in _passes)
            {
                passes.Update(_endpoints, gone, come);
            }

            _ends = null;
        }

        _rules.HasGaps = _partialCount > 0;
        _rules.Settle(_drops, gone.Concat(come).SelectMany(endpoint => endpoint.Addresses).ToHashSet());
        return _last = Describe();
    }

    // Groups may have become free since.
    private void PlanLacking()
    {
        foreach (LocalEndpoint endpoint in _lacking.Where(_plans.ContainsKey).ToList())
        {
            SetPlan(endpoint, _planner.Plan(endpoint, _local));
        }
    }

    private PlanUpdate Describe(bool isSamePolicy = false)
    {
        // What the plan is made of later: nothing here changes after this.
        ImmutableArray<LocalEndpoint> endpoints = _endpoints;
        EndpointPlan[] plans = new EndpointPlan[endpoints.Length];
        for (int i = 0; i < plans.Length; i++)
        {
            plans[i] = _plans[endpoints[i]];
        }

        PlanChoice choice = _rules.Choice;
        (ImmutableArray<PlannedRule> added, ImmutableArray<PlannedRule> removed, ImmutableArray<PlannedRule> changed) =
            _rules.Take();
        RuleDelta delta = new(added, removed, changed, _planner.Templates.Cover, _planner.Templates.Remainder)
        {
            GroupPunts = _planner.Templates.Groups is { } groups ? groups.PuntIn : null,
        };
        return new PlanUpdate(
            _last.To,
            isSamePolicy && delta.IsEmpty ? _last.To : new object(),
            delta,
            _rules.RuleCount,
            _puntCount + _rules.LeftOutCount + _passes.Sum(passes => passes.PuntCount),
            () => Assemble(endpoints, plans, choice));
    }

    private OffloadPlan Assemble(ImmutableArray<LocalEndpoint> endpoints, EndpointPlan[] plans, PlanChoice choice)
    {
        Dictionary<LocalEndpoint, EndpointPlan> byEndpoint = new(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < plans.Length; i++)
        {
            byEndpoint[endpoints[i]] = plans[i];
        }

        return _planner.Assembly.Assemble(
            [.. PlanAssembly.InOrder(endpoints).Select(endpoint => byEndpoint[endpoint])], choice);
    }

    // Pods that are the same themselves, but whose plan depends on which addresses other pods have.
    private void PlanConcerned(List<LocalEndpoint> gone, List<LocalEndpoint> come, bool addressesChanged)
    {
        foreach (LocalEndpoint endpoint in _endpoints)
        {
            bool known = _plans.TryGetValue(endpoint, out EndpointPlan? plan);
            bool concerned = known && ((addressesChanged && plan!.UsesLocalAddresses) ||
                gone.Exists(other => LocalAddresses.Concerns(other, endpoint)) ||
                come.Exists(other => LocalAddresses.Concerns(other, endpoint)));
            if (concerned)
            {
                SetPlan(endpoint, _planner.Plan(endpoint, _local));
            }
        }
    }

    private void SetPlan(LocalEndpoint endpoint, EndpointPlan? plan)
    {
        ref EndpointPlan? place = ref CollectionsMarshal.GetValueRefOrAddDefault(_plans, endpoint, out _);
        EndpointPlan? old = place;
        place = plan;
        _partialCount += (plan is { UsesLocalAddresses: true } ? 1 : 0) - (old is { UsesLocalAddresses: true } ? 1 : 0);
        _puntCount += (plan?.PuntCount ?? 0) - (old?.PuntCount ?? 0);
        _ = plan is { LacksGroups: true } ? _lacking.Add(endpoint) : _lacking.Remove(endpoint);
        foreach (RuleSet set in plan?.Sets ?? [])
        {
            _rules.Add(set);
        }

        foreach (RuleSet set in old?.Sets ?? [])
        {
            _rules.Remove(set);
        }

        if (plan is null)
        {
            _plans.Remove(endpoint);
        }
        else if (old is not null)
        {
            _planner.Release(old);
        }
    }

    // Other policy for the same pods at the same addresses: nothing changes for anybody else.
    private static bool KeepsPlaces(List<LocalEndpoint> gone, List<LocalEndpoint> come)
    {
        bool keeps = gone.Count == come.Count;
        for (int i = 0; keeps && i < gone.Count; i++)
        {
            keeps = gone[i].Addresses.AsSpan().SequenceEqual(come[i].Addresses.AsSpan()) &&
                gone[i].ExemptPeers.Equals(come[i].ExemptPeers);
        }

        return keeps;
    }

    private static (List<LocalEndpoint> Gone, List<LocalEndpoint> Come) Difference(
        ImmutableArray<LocalEndpoint> before, ImmutableArray<LocalEndpoint> now)
    {
        List<LocalEndpoint> gone = [];
        List<LocalEndpoint> come = [];
        int common = Math.Min(before.Length, now.Length);
        for (int i = 0; i < common; i++)
        {
            if (!ReferenceEquals(before[i], now[i]))
            {
                gone.Add(before[i]);
                come.Add(now[i]);
            }
        }

        gone.AddRange(before.AsSpan()[common..]);
        come.AddRange(now.AsSpan()[common..]);
        if (gone.Count > 1 || come.Count > 1)
        {
            // Where a pod has come or gone, those behind it have only moved.
            HashSet<LocalEndpoint> was = new(gone, ReferenceEqualityComparer.Instance);
            HashSet<LocalEndpoint> isNow = new(come, ReferenceEqualityComparer.Instance);
            gone.RemoveAll(isNow.Contains);
            come.RemoveAll(was.Contains);
        }

        return (gone, come);
    }
}
