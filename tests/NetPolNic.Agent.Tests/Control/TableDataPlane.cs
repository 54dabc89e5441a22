using System.Collections.Immutable;
using Dpdk.Ethdev;
using Dpdk.Flow;
using NetPolNic.Agent.Hosting;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Switching;
using NetPolNic.Fallback.Worker;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Tests.Control;

/// <summary>Two NICs that are lists, of which the second may refuse rules, and a fallback that asks the snapshot.</summary>
internal sealed class TableDataPlane(NicCapabilities nic) : IDataPlane
{
    private static readonly RuleRejection s_answer = new(RejectReason.TableFull, FlowErrorType.None, -1, 28, "no room");

    private SnapshotQuery _query = new(PolicySnapshot.Empty);

    /// <summary>What the NIC of the pods' port refuses.</summary>
    public Func<PlannedRule, bool> Refuses { get; set; } = _ => false;

    public IReadOnlyList<EthPortInfo> Ports { get; } =
    [
        new(0, "net_fake0", "net_fake", PortRole.Uplink, false), new(1, "net_fake1", "net_fake", PortRole.Pod, true),
    ];

    public OffloadPlan Plan { get; private set; } = OffloadPlan.Empty;

    public ImmutableArray<ApplyReport> Reports { get; private set; } = [];

    public int ConnectionCount => 5;

    public int ConnectionCapacity => 1024;

    public TimeSpan SincePoll => TimeSpan.Zero;

    public WorkerState State => WorkerState.Running;

    public Exception? Fault => null;

    public ApplyOutcome Apply(PolicySnapshot snapshot)
    {
        Plan = OffloadPlanner.Plan(snapshot, nic, PlanOptions.Default);
        _query = new SnapshotQuery(snapshot);
        return Retry();
    }

    public ApplyOutcome Retry()
    {
        Reports = [Report(_ => false), Report(Refuses)];
        return new ApplyOutcome(Plan.Rules.Length, Plan.Punts.Length, Reports);
    }

    public ImmutableArray<RuleCounters> ReadRuleCounters(int ethPortIndex) =>
    [
        .. Held(ethPortIndex == 0 ? _ => false : Refuses)
            .Select((rule, i) => new RuleCounters(rule, new FlowCounters((ulong)(1000 - i), (ulong)(64 * (1000 - i))))),
    ];

    public EthStats ReadEthStats(int ethPortIndex) => default(EthStats) with { RxPkts = 10 };

    public FallbackCounters ReadFallback() => new()
    {
        Drops = ImmutableSortedDictionary<DropReason, ulong>.Empty.Add(DropReason.IngressDenied, 3),
        Decisions = ImmutableSortedDictionary<DecisionKind, ulong>.Empty.Add(DecisionKind.NewAllowed, 4),
        RxPkts = 7,
    };

    public ImmutableArray<FallbackPortCounters> ReadFallbackPorts() => [];

    public FallbackTrace Trace(in FallbackProbe probe)
    {
        bool allowed = _query.Allows(probe.Src, probe.Dst, probe.IpProto, probe.DstL4Port);
        return new FallbackTrace(
            _query.Find(probe.Src),
            _query.Find(probe.Dst),
            _query.IsExempt(probe.Src, probe.Dst),
            null,
            allowed ? PacketDecision.Forward(DecisionKind.NewAllowed) : PacketDecision.Drop(DropReason.IngressDenied));
    }

    public IReadOnlyList<DeniedPacket> ReadDenied() => [];

    public void Dispose()
    {
    }

    private PlannedRule[] Held(Func<PlannedRule, bool> refuses)
    {
        HashSet<RuleKey> refused = [.. Plan.Rules.Where(refuses).Select(rule => rule.Key)];
        return [.. Plan.Rules.Where(rule => !refused.Contains(rule.Key) && !rule.DependsOn.Any(refused.Contains))];
    }

    private ApplyReport Report(Func<PlannedRule, bool> refuses)
    {
        PlannedRule[] held = Held(refuses);
        return new ApplyReport(
            held.Length,
            0,
            held.Length,
            [.. Plan.Rules.Where(refuses).Select(rule => new RefusedRule(rule, s_answer))],
            [],
            [.. Plan.Rules.Where(rule => rule.Verdict != RuleVerdict.Punt).Except(held)],
            false);
    }
}
