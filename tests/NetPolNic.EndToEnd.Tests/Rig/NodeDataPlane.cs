using System.Collections.Immutable;
using Dpdk.Ethdev;
using NetPolNic.Agent.Hosting;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Switching;
using NetPolNic.Fallback.Worker;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>The emulated node in the place of a running agent's ports.</summary>
internal sealed class NodeDataPlane(NodeRig rig) : IDataPlane
{
    public IReadOnlyList<EthPortInfo> Ports { get; } = [new EthPortInfo(0, "pods", "net_emunic", PortRole.Pod, true)];

    public OffloadPlan Plan => rig.Node.Plan;

    public ImmutableArray<ApplyReport> Reports => rig.Node.LastReport is { } report ? [report] : [];

    public int ConnectionCount => 0;

    public int ConnectionCapacity => 1024;

    public TimeSpan SincePoll => TimeSpan.Zero;

    public WorkerState State => WorkerState.Running;

    public Exception? Fault => null;

    /// <summary>Called before and after each step of an apply.</summary>
    public Action? Between { get; set; }

    public ApplyOutcome Apply(PolicySnapshot snapshot)
    {
        rig.Node.Apply(snapshot, Between);
        return new ApplyOutcome(Plan.Rules.Length, Plan.Punts.Length, Reports);
    }

    public ApplyOutcome Retry() => throw new NotSupportedException();

    public ImmutableArray<RuleCounters> ReadRuleCounters(int ethPortIndex) => [];

    public EthStats ReadEthStats(int ethPortIndex) => default;

    public FallbackCounters ReadFallback() => rig.Node.Counters;

    public ImmutableArray<FallbackPortCounters> ReadFallbackPorts() => [];

    public FallbackTrace Trace(in FallbackProbe probe) => throw new NotSupportedException();

    public IReadOnlyList<DeniedPacket> ReadDenied() => [];

    public void Dispose()
    {
    }
}
