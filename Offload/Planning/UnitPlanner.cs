using System.Collections.Immutable;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>
/// Plans one address of a pod in one isolated direction: all protocols, their covers, and what is left over.
/// </summary>
internal sealed class UnitPlanner
{
    private static readonly L4Proto[] s_protocols = [L4Proto.Tcp, L4Proto.Udp, L4Proto.Sctp];

    // A unit may always have so many, and so many more than the plain list: what always passes, one drop for each protocol. To which
    // comes one for each entry of a ports list that replies come from.
    private const int FewRules = 16;
    private const int Besides = 4;

    private readonly NicCapabilities _nic;
    private readonly FlowLowering _lowering;
    private readonly RuleTemplates _templates;
    private readonly PlanOptions _options;

    internal UnitPlanner(NicCapabilities nic, FlowLowering lowering, RuleTemplates templates, PlanOptions options)
    {
        _nic = nic;
        _lowering = lowering;
        _templates = templates;
        _options = options;
    }

    /// <summary>Plans a unit: all that the NIC can drop.</summary>
    internal UnitPlan Plan(UnitContext unit) => PlanAs(unit);

    /// <summary>
    /// Plans the units of a pod for rules that are not shared: together they drop no more than takes about as many rules as plain
    /// lists of what policy allows. What takes most beyond its own list is cut first.
    /// </summary>
    internal ImmutableArray<UnitPlan> PlanWithin(IEnumerable<UnitContext> units)
    {
        UnitPlan[] plans = [.. units.Select(PlanAs)];
        int[] most = [.. plans.Select(plan => Math.Max(FewRules, PlainCountOf(plan.Unit) + Besides + ReplyPortsOf(plan.Unit)))];
        int[] forms = new int[plans.Length];
        while (plans.Sum(CountOf) - most.Sum() is > 0 and int over)
        {
            int widest = Enumerable.Range(0, plans.Length).Where(i => forms[i] < UnitForm.Less.Length)
                .MaxBy(i => CountOf(plans[i]) - most[i]);
            int needed = Math.Min(over, CountOf(plans[widest]) - most[widest]);
            while (UnitForm.Less[forms[widest]].MostReplyPeers is > 1 and < int.MaxValue and int peers &&
                SavedBy(peers, plans[widest].Unit) < needed)
            {
                forms[widest]++;
            }

            // Whether that many are too many may depend on the other pods.
            bool usesLocal = plans[widest].UsesLocalAddresses;
            UnitPlan less = PlanAs(plans[widest].Unit with { Form = UnitForm.Less[forms[widest]++] });
            plans[widest] = less with { UsesLocalAddresses = less.UsesLocalAddresses || usesLocal };
        }

        return [.. plans];
    }

    // About as many as are saved where replies are covered by so many blocks for each rule.
    private static int SavedBy(int most, UnitContext unit) => unit.Reverse.Set.Rules.Sum(rule =>
    {
        int peers = rule.Peers.OfFamily(unit.Own.Family).Count();
        return peers > most ? (peers - most) * rule.Ports.Ranges.Length : 0;
    });

    private static int ReplyPortsOf(UnitContext unit) => unit.Reverse.Set.Rules.Sum(rule => rule.Ports.Ranges.Length);

    // One for each prefix, or each block and exception, and range; one that drops.
    private static int PlainCountOf(UnitContext unit) => 1 + unit.New.Set.Rules.Sum(rule =>
    {
        ImmutableArray<IpPrefix> peers = [.. rule.Peers.OfFamily(unit.Own.Family)];
        return Math.Max(1, rule.Ports.Ranges.Length) * (PeerNesting.WithInner(peers)?.Count ?? peers.Length);
    });

    private int CountOf(UnitPlan plan) => plan.Drops.IsEmpty
        ? 0
        : plan.Covers.Length + plan.Drops.Sum(drop => _lowering.Lower(drop).Patterns.Length);

    private UnitPlan PlanAs(UnitContext unit)
    {
        PuntReport report = new(unit);
        CoverSet covers = new(_lowering, _options.MaxExpansion, unit.Own, unit.Direction);
        List<FlowMatch> drops = [];
        bool usesLocal = false;
        foreach (L4Proto proto in s_protocols)
        {
            ProtoPlanner planner = new(_nic, _lowering, _templates, _options, unit, proto);
            DropPlan? drop = planner.Plan(out PlanFailure? failure);
            if (drop is not null)
            {
                drops.Add(drop.Region);
                covers.UnionWith(drop.Covers);
                ReportWidened(report, unit, drop);
            }

            if (failure is not null)
            {
                bool pairs = drop is null && failure.Reason == PuntReason.PrioritiesUnsupported &&
                    unit.Form.Tcp == UnitForm.OfTcp.Everything;
                usesLocal |= pairs;
                int before = drops.Count;
                drops.AddRange(pairs ? planner.PlanPairs() : []);
                report.Add(RegionOf(unit, proto, drop) + (drops.Count > before ? ", but for local pods" : ""), failure);
            }
        }

        if (unit.Form.IgnoresExceptions && drops.Count > 0)
        {
            report.Add($"exceptions of address blocks {unit.FromAny}", PlanFailure.TooManyRules(_nic), OriginsOf(unit.New));
        }

        if (unit.Form.WidensReplies && drops.Count > 0)
        {
            report.Add(
                $"replies' ports, from neighbours of who may send from them, {unit.FromAny}", PlanFailure.TooManyRules(_nic), OriginsOf(unit.Reverse));
        }

        ReportFragments(report, unit, drops);
        ReportRest(report, unit);
        List<FlowMatch> kept = CoverPruner.Prune(covers.Matches.Keys, unit.Direction);
        List<(FlowMatch Match, ImmutableArray<RuleOrigin> Origins)> fewest =
            new CoverMinimiser(_lowering, unit.Direction).Minimise([.. kept.Select(match => (match, covers.Matches[match]))]);
        fewest.Sort((x, y) => FlowMatchOrder.Instance.Compare(x.Match, y.Match));
        return new UnitPlan(unit, [.. fewest], [.. drops], [.. report.Regions], usesLocal);
    }

    private static string RegionOf(UnitContext unit, L4Proto proto, DropPlan? drop)
    {
        string name = proto.ToString().ToLowerInvariant();
        return drop switch
        {
            null => $"{name} {unit.FromAny}",
            { Region.TcpFlagsMask: not 0 } => $"{name} {unit.FromAny}, not a connection's first packet",
            _ => $"{name} {unit.FromAny}, peers that are allowed some ports",
        };
    }

    private void ReportWidened(PuntReport report, UnitContext unit, DropPlan drop)
    {
        foreach (MatchField field in drop.Covers.Widened)
        {
            report.Add($"{unit.FromAny}, more than policy allows by {CapabilityNames.Of(field)}",
                PlanFailure.OfField(field, _nic),
                OriginsOf(unit.New));
        }
    }

    private void ReportFragments(PuntReport report, UnitContext unit, List<FlowMatch> drops)
    {
        if (drops.Exists(drop => drop.NotFragment))
        {
            bool v4 = unit.Own.Family == IpFamily.V4;
            report.Add(
                v4 ? $"fragments {unit.FromAny}" : $"fragments and what is behind extension headers {unit.FromAny}",
                v4 ? new PlanFailure(
                        PuntReason.FragmentsUnsupported,
                        MatchField.Ipv4Frag,
                        "later fragments carry no ports and follow their first (S-b20)")
                    : new PlanFailure(
                        PuntReason.ExtensionHeadersUnknown,
                        MatchField.Ipv6Proto,
                        $"{_nic.SourceOf(MatchField.Ipv6Proto)}: only an L4 header after the fixed header is known"));
        }
    }

    private static void ReportRest(PuntReport report, UnitContext unit)
    {
        ImmutableArray<RuleOrigin> allowing = OriginsOf(unit.New);
        if (!allowing.IsEmpty)
        {
            report.Add(
                $"connections that policy allows {unit.FromAny}",
                new PlanFailure(PuntReason.NeedsConnectionState, null, "their replies must be known (S-b14)"),
                allowing);
        }

        bool v4 = unit.Own.Family == IpFamily.V4;
        report.Add(
            $"{(v4 ? "icmp" : "icmp6")} {unit.FromAny}",
            new PlanFailure(PuntReason.RelatedIcmp, null, "errors of an allowed connection always pass (S-b16)"));
        report.Add(
            $"other protocols {unit.FromAny}",
            new PlanFailure(
                PuntReason.ProtocolUnsupported, null, "policy names ports of TCP, UDP and SCTP only (S-b16)"));
    }

    private static ImmutableArray<RuleOrigin> OriginsOf(EndpointDirection direction) =>
        [.. direction.RuleOrigins.SelectMany(origins => origins).Distinct().Order()];
}
