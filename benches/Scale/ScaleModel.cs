namespace NetPolNic.Benches.Scale;

/// <summary>The formulae of docs/scale.md. Pure.</summary>
internal sealed class ScaleModel(ScaleInputs inputs)
{
    /// <summary>Bytes of preamble, FCS and gap that a frame takes on the wire besides its own.</summary>
    public const int WireOverhead = 24;

    private const double NsPerSec = 1e9;

    /// <summary>Frames per second that fill a link.</summary>
    /// <param name="gbit">The link's rate, Gbit/s.</param>
    /// <param name="frameBytes">A frame's bytes without FCS; of a mixture their mean.</param>
    public static double PktsPerSec(double gbit, double frameBytes) => gbit * 1e9 / (8 * (frameBytes + WireOverhead));

    /// <summary>An allowed packet, ns: one of its connection's packets opens it.</summary>
    public double AllowedNs
    {
        get
        {
            double opens = 1 / inputs.PacketsPerConnection.Value;
            return ((1 - opens) * inputs.EstablishedNs.Value) + (opens * inputs.NewNs.Value);
        }
    }

    /// <summary>Cores of the fallback.</summary>
    /// <param name="pktsPerSec">Packets that come in.</param>
    /// <param name="nicDrops">The NIC drops the share of them that policy denies; else the fallback does.</param>
    public double Cores(double pktsPerSec, bool nicDrops)
    {
        double denied = inputs.DeniedShare.Value;
        double ns = ((1 - denied) * AllowedNs) + (nicDrops ? 0 : denied * inputs.DeniedNs.Value);
        return pktsPerSec * ns / (NsPerSec * inputs.Headroom.Value);
    }

    /// <summary>Cores that a flood of denied packets takes which no NIC drops.</summary>
    public double CoresOfFlood(double pktsPerSec) => pktsPerSec * inputs.DeniedNs.Value / (NsPerSec * inputs.Headroom.Value);

    /// <summary>Connections opened per second.</summary>
    public double OpenedPerSec(double pktsPerSec) => pktsPerSec * (1 - inputs.DeniedShare.Value) / inputs.PacketsPerConnection.Value;

    /// <summary>Connections in the table.</summary>
    public double Connections(double pktsPerSec) => OpenedPerSec(pktsPerSec) * inputs.ConnectionSec.Value;

    /// <summary>Pods of the cluster that are replaced per second.</summary>
    public double ReplacedPerSec(double clusterPods) => clusterPods / inputs.PodSec.Value;

    /// <summary>Calls to the NIC per second, creations and destructions.</summary>
    public double CallsPerSec(ScaleNode node) =>
        (ReplacedPerSec(node.ClusterPods - node.LocalPods) * node.CallsPerRemotePod) +
        (ReplacedPerSec(node.LocalPods) * node.CallsPerLocalPod);

    /// <summary>Cores of the control plane.</summary>
    public double ControlCores(double clusterPods) =>
        ReplacedPerSec(clusterPods) * inputs.EventsPerPod.Value * inputs.CoresPer1000Events.Value / 1000;

    /// <summary>Memory of the agent without packet buffers and connections, MB.</summary>
    public double AgentMb(double clusterPods) =>
        inputs.AgentMbEmpty.Value + ((inputs.AgentMbAt100000Pods.Value - inputs.AgentMbEmpty.Value) * clusterPods / 100_000);
}
