using System.Diagnostics.Metrics;
using NetPolNic.Agent.Hosting;
using NetPolNic.Cluster.Sources;

namespace NetPolNic.Agent.Observability;

/// <summary>Every instrument that only reads; they live as long as the agent's meter.</summary>
internal sealed class AgentInstruments
{
    public AgentInstruments(
        IMeterFactory factory,
        ApplyLoop loop,
        IDataPlane dataPlane,
        IClusterSource source,
        AgentHealth health,
        TimeProvider time)
    {
        State = new AgentStateMetrics(factory, loop, health);
        Cluster = new ClusterMetrics(factory, source, time);
        Fallback = new FallbackMetrics(factory, dataPlane);
        EthPorts = new EthPortMetrics(factory, dataPlane);
    }

    public AgentStateMetrics State { get; }

    public ClusterMetrics Cluster { get; }

    public FallbackMetrics Fallback { get; }

    public EthPortMetrics EthPorts { get; }
}
