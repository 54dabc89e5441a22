using System.Collections.Immutable;
using Dpdk.Ethdev;
using Dpdk.Flow;
using NetPolNic.Agent.Hosting;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Switching;
using NetPolNic.Fallback.Worker;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Tests.Hosting;

/// <summary>A data plane that remembers what it was asked for; refuses, throws and takes its time by script.</summary>
internal sealed class FakeDataPlane : IDataPlane
{
    public const string Device = "net_fake0";

    private readonly List<PolicySnapshot> _applied = [];

    /// <summary>Every policy that came in force, in order.</summary>
    public IReadOnlyList<PolicySnapshot> Applied => _applied;

    public int ApplyCalls { get; private set; }

    public int RetryCalls { get; private set; }

    /// <summary>Called at the begin of each apply; may throw.</summary>
    public Action<PolicySnapshot>? OnApply { get; set; }

    public Action? OnRetry { get; set; }

    /// <summary>How long before each look at the traffic the last one was.</summary>
    public List<TimeSpan> Rechosen { get; } = [];

    /// <summary>What looks at the traffic lead to; may throw.</summary>
    public Func<ApplyOutcome?> OnRechoose { get; set; } = () => null;

    /// <summary>What the NIC answers from now on.</summary>
    public ApplyReport Report { get; set; } = Answer();

    public ImmutableArray<RuleCounters> Counters { get; set; } = [];

    public FallbackCounters Fallback { get; set; } = new()
    {
        Drops = ImmutableSortedDictionary<DropReason, ulong>.Empty,
        Decisions = ImmutableSortedDictionary<DecisionKind, ulong>.Empty,
    };

    public List<DeniedPacket> Denied { get; } = [];

    public IReadOnlyList<EthPortInfo> Ports { get; } = [new EthPortInfo(0, Device, "net_fake", PortRole.Uplink, false)];

    public OffloadPlan Plan { get; set; } = OffloadPlan.Empty;

    public ImmutableArray<ApplyReport> Reports => [Report];

    public int ConnectionCount { get; set; }

    public int ConnectionCapacity => 1024;

    public TimeSpan SincePoll { get; set; }

    /// <summary>Poll loops besides the one that <see cref="SincePoll"/> is of.</summary>
    public List<PollLoopStatus> MoreLoops { get; } = [];

    public IReadOnlyList<PollLoopStatus> Loops =>
        [new PollLoopStatus(0, null, State, SincePoll, ConnectionCount, Fault), .. MoreLoops];

    public WorkerState State { get; set; } = WorkerState.Running;

    public Exception? Fault { get; set; }

    public static ApplyReport Answer(ImmutableArray<RefusedRule>? refused = null, ImmutableArray<StuckRule>? stuck = null) =>
        new(0, 0, 0, refused ?? [], stuck ?? [], [], false);

    public static RefusedRule Refusal(RejectReason reason) =>
        new(Rule(RuleVerdict.Drop), new RuleRejection(reason, FlowErrorType.Unspecified, -1, 16, "by script"));

    public static StuckRule Stuck(bool neutralised) => new(
        Rule(RuleVerdict.Drop), new RuleRejection(RejectReason.Busy, FlowErrorType.Handle, -1, 16, "by script"), neutralised);

    public static PlannedRule Rule(RuleVerdict verdict)
    {
        FlowSpec spec = new(new FlowAttr(Priority: (uint)verdict), [], []);
        return new PlannedRule(RuleKey.Of(spec), spec, verdict, "x/a", Direction.Ingress, [], []);
    }

    public ApplyOutcome? Rechoose(TimeSpan elapsed)
    {
        Rechosen.Add(elapsed);
        return OnRechoose();
    }

    public ApplyOutcome Apply(PolicySnapshot snapshot)
    {
        ApplyCalls++;
        OnApply?.Invoke(snapshot);
        _applied.Add(snapshot);
        return new ApplyOutcome(0, 0, Reports);
    }

    public ApplyOutcome Retry()
    {
        RetryCalls++;
        OnRetry?.Invoke();
        return new ApplyOutcome(0, 0, Reports);
    }

    public ImmutableArray<RuleCounters> ReadRuleCounters(int ethPortIndex) => Counters;

    public EthStats ReadEthStats(int ethPortIndex) => new(7, 6, 700, 600, 1, 2, 3, 4);

    public FallbackCounters ReadFallback() => Fallback;

    public ImmutableArray<FallbackPortCounters> ReadFallbackPorts() =>
        [new FallbackPortCounters { EthPortId = 0, Drops = Fallback.Drops }];

    public FallbackTrace Trace(in FallbackProbe probe) => throw new NotSupportedException();

    public IReadOnlyList<DeniedPacket> ReadDenied() => Denied;

    public void Dispose()
    {
    }
}
