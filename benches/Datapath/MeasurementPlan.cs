using NetPolNic.Benches.Datapath.Contestants;
using NetPolNic.Benches.Datapath.Report;
using NetPolNic.Benches.Datapath.Traffic;
using NetPolNic.Policy.Model;

namespace NetPolNic.Benches.Datapath;

/// <summary>Who runs on what, and which figures are set against each other.</summary>
internal sealed class MeasurementPlan
{
    private const int FewRules = 100;
    private const int ManyRules = 100_000;
    private const int NewRules = 10_000;
    private const int ManyConnections = 1_000_000;

    private readonly List<Entrant> _entrants = [];
    private readonly List<Comparison> _comparisons = [];

    private MeasurementPlan(DataPathOptions options)
    {
        Options = options;
        int flows = options.Traffic == WorkloadKind.New ? Workload.NewFlows : options.Flows;
        Base = new Workload(options.IsGiven ? WorkloadKind.Given : options.Traffic, flows, options.Rules, options.Family);
    }

    public DataPathOptions Options { get; }

    /// <summary>What most ratios are about.</summary>
    public Workload Base { get; }

    public IReadOnlyList<Entrant> Entrants => _entrants;

    public IReadOnlyList<Comparison> Comparisons => _comparisons;

    public static MeasurementPlan Of(DataPathOptions options)
    {
        MeasurementPlan plan = new(options);
        plan.AddBase();
        if (options.Peers && !options.IsGiven)
        {
            plan.AddPeers();
        }

        if (!options.IsGiven && !options.BaseOnly)
        {
            plan.AddRules();
            plan.AddConnections();
            plan.AddVerdicts();
        }

        if (options.Only.Count > 0)
        {
            plan._entrants.RemoveAll(entrant => !options.Only.Contains(entrant.Kind));
            plan._comparisons.RemoveAll(comparison => !comparison.Entrants.All(plan._entrants.Contains));
        }

        return plan;
    }

    private void AddBase()
    {
        Entrant own = Add(ContestantKind.NetPolNic, Base);
        if (!Options.IsGiven)
        {
            AtLeast("throughput against rte_hash + rte_acl", own, Add(ContestantKind.Composed, Base), 1.1);
            AtLeast("throughput against rte_acl on every packet", own, Add(ContestantKind.AclOnly, Base), null);
        }

        AtLeast("throughput against testpmd io", own, Add(ContestantKind.TestpmdIo, Base), Options.IsGiven ? null : 0.42);
        AtLeast("throughput against testpmd macswap", own, Add(ContestantKind.TestpmdMacSwap, Base), null);
        AtLeast("throughput against testpmd 5tswap", own, Add(ContestantKind.TestpmdFiveTupleSwap, Base), null);
    }

    /// <summary>What comes from Debian's packages, where they are installed.</summary>
    private void AddPeers()
    {
        Entrant own = Add(ContestantKind.NetPolNic, Base);
        Workload mixed = Base with { Kind = WorkloadKind.Mixed };
        if (OvsContestant.IsInstalled)
        {
            AtLeast("throughput against OVS-DPDK with conntrack", own, Add(ContestantKind.OvsDpdk, Base), 12);
            AtLeast("10 % denied, against OVS-DPDK", Add(ContestantKind.NetPolNic, mixed), Add(ContestantKind.OvsDpdk, mixed), null);
        }

        if (KernelContestant.IsInstalled)
        {
            Add(ContestantKind.NfTables, mixed);
            Entrant kernel = Add(ContestantKind.NfTables, Base);
            _comparisons.Add(new Comparison(
                "throughput against nftables with conntrack, net of its sender", own, kernel, ComparisonKind.Throughput, 50)
            {
                Feeder = Add(ContestantKind.KernelSender, Base),
            });
        }
    }

    private void AddRules()
    {
        int[] middle = Options.Quick ? [] : [NewRules];
        foreach (int rules in (int[])[FewRules, .. middle, ManyRules])
        {
            Add(ContestantKind.NetPolNic, Base with { Rules = rules });
            Add(ContestantKind.NetPolNic, NewOf(rules));
            if (!Options.Quick)
            {
                Add(ContestantKind.Composed, Base with { Rules = rules });
                Add(ContestantKind.Composed, NewOf(rules));
            }
        }

        AtMost(
            "ns, 100 → 100 000 rules, established",
            Add(ContestantKind.NetPolNic, Base with { Rules = ManyRules }),
            Add(ContestantKind.NetPolNic, Base with { Rules = FewRules }),
            1.05);
        AtMost(
            "ns, 100 → 100 000 rules, every packet new",
            Add(ContestantKind.NetPolNic, NewOf(ManyRules)),
            Add(ContestantKind.NetPolNic, NewOf(FewRules)),
            1.6);
        Entrant own = Add(ContestantKind.NetPolNic, NewOf(NewRules));
        AtLeast("every packet new, 10 000 rules, against rte_hash + rte_acl", own, Add(ContestantKind.Composed, NewOf(NewRules)), 1.0);
        _comparisons.Add(new Comparison("new connections, 10 000 rules, M/s", own, null, ComparisonKind.MillionsPerSecond, 5));
        _comparisons.Add(new Comparison(
            "memory of the classifier, B per rule, 100 000 rules",
            Add(ContestantKind.NetPolNic, Base with { Rules = ManyRules }),
            null,
            ComparisonKind.BytesPerRule,
            150));
    }

    private void AddConnections()
    {
        Workload many = Base with { Flows = ManyConnections };
        foreach (Workload workload in Options.Quick ? [many] : new[] { Base with { Flows = 100_000 }, many })
        {
            Add(ContestantKind.NetPolNic, workload);
            Add(ContestantKind.Composed, workload);
            Add(ContestantKind.TestpmdIo, workload);
        }

        Entrant own = Add(ContestantKind.NetPolNic, many);
        AtMost("ns, 10 000 → 1 000 000 connections", own, Add(ContestantKind.NetPolNic, Base), 2.5);
        AtMost(
            "the same of testpmd io: the source itself",
            Add(ContestantKind.TestpmdIo, many),
            Add(ContestantKind.TestpmdIo, Base),
            null);
        AtLeast("throughput against rte_hash + rte_acl, 1 000 000 connections", own, Add(ContestantKind.Composed, many), null);
    }

    private void AddVerdicts()
    {
        Entrant established = Add(ContestantKind.NetPolNic, Base);
        Workload denied = Base with { Kind = WorkloadKind.Denied };
        AtMost("ns, every packet denied against established", Add(ContestantKind.NetPolNic, denied), established, 1.2);
        AtLeast(
            "every packet denied, against rte_hash + rte_acl",
            Add(ContestantKind.NetPolNic, denied),
            Add(ContestantKind.Composed, denied),
            null);
        Workload mixed = Base with { Kind = WorkloadKind.Mixed };
        AtLeast(
            "10 % denied, against rte_hash + rte_acl", Add(ContestantKind.NetPolNic, mixed), Add(ContestantKind.Composed, mixed), null);
        Workload v6 = Base with { Family = IpFamily.V6 };
        AtMost("ns, IPv6 against IPv4", Add(ContestantKind.NetPolNic, v6), established, 1.3);
        AtLeast(
            "IPv6, against rte_hash + rte_acl", Add(ContestantKind.NetPolNic, v6), Add(ContestantKind.Composed, v6), null);
    }

    private static Workload NewOf(int rules) => new(WorkloadKind.New, Workload.NewFlows, rules);

    /// <summary>The entrant, which is there once.</summary>
    private Entrant Add(ContestantKind kind, Workload workload)
    {
        Entrant? known = _entrants.Find(entrant => entrant.Kind == kind && entrant.Workload == workload);
        if (known is null)
        {
            known = new Entrant(kind, workload);
            _entrants.Add(known);
        }

        return known;
    }

    private void AtLeast(string what, Entrant own, Entrant other, double? goal) =>
        _comparisons.Add(new Comparison(what, own, other, ComparisonKind.Throughput, goal));

    private void AtMost(string what, Entrant own, Entrant other, double? goal) =>
        _comparisons.Add(new Comparison(what, own, other, ComparisonKind.Time, goal));
}
