using System.Text.Json;
using System.Text.Json.Serialization;

namespace NetPolNic.Benches.Scale;

/// <summary>
/// What is put into the formulae of docs/scale.md. One file, so that a new measurement is an edit and a run. Every figure says where
/// it comes from.
/// </summary>
internal sealed record ScaleInputs
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>A packet of a connection that is there, ns.</summary>
    public required ScaleFigure EstablishedNs { get; init; }

    /// <summary>A packet that opens a connection, ns.</summary>
    public required ScaleFigure NewNs { get; init; }

    /// <summary>A packet that policy denies, ns.</summary>
    public required ScaleFigure DeniedNs { get; init; }

    /// <summary>Share of a core that is planned for.</summary>
    public required ScaleFigure Headroom { get; init; }

    /// <summary>Packets of a connection, both directions.</summary>
    public required ScaleFigure PacketsPerConnection { get; init; }

    /// <summary>Seconds that a connection stays in the table.</summary>
    public required ScaleFigure ConnectionSec { get; init; }

    /// <summary>Share of the packets that policy denies and the NIC can tell.</summary>
    public required ScaleFigure DeniedShare { get; init; }

    /// <summary>Seconds that a pod lives.</summary>
    public required ScaleFigure PodSec { get; init; }

    /// <summary>Events of the API server for each pod that is replaced.</summary>
    public required ScaleFigure EventsPerPod { get; init; }

    /// <summary>Cores that the agent takes for 1 000 events per second.</summary>
    public required ScaleFigure CoresPer1000Events { get; init; }

    /// <summary>Memory of the agent's process with 100 000 pods, MB.</summary>
    public required ScaleFigure AgentMbAt100000Pods { get; init; }

    /// <summary>Memory of the agent's process with next to no pods, without packet buffers and connections, MB.</summary>
    public required ScaleFigure AgentMbEmpty { get; init; }

    /// <summary>Packet buffers, MB for each agent.</summary>
    public required ScaleFigure PacketBuffersMb { get; init; }

    /// <summary>Rules that a NIC takes per second, by the fastest figure that is known.</summary>
    public required ScaleFigure NicRulesPerSec { get; init; }

    /// <summary>Rules that the emulated NIC takes per second.</summary>
    public required ScaleFigure EmulatedRulesPerSec { get; init; }

    /// <summary>Rules that a large NIC holds.</summary>
    public required ScaleFigure NicRules { get; init; }

    /// <summary>All figures, in the order of the page.</summary>
    [JsonIgnore]
    public IEnumerable<(string Symbol, ScaleFigure Figure)> All =>
    [
        ("t_est", EstablishedNs), ("t_new", NewNs), ("t_den", DeniedNs), ("h", Headroom), ("P", PacketsPerConnection),
        ("T_conn", ConnectionSec), ("d", DeniedShare), ("T_pod", PodSec), ("k", EventsPerPod), ("c_ev", CoresPer1000Events),
        ("M_100k", AgentMbAt100000Pods), ("M_0", AgentMbEmpty), ("M_buf", PacketBuffersMb), ("r_nic", NicRulesPerSec),
        ("r_emu", EmulatedRulesPerSec), ("S_nic", NicRules),
    ];

    /// <summary>Reads a file.</summary>
    /// <exception cref="JsonException">A figure is missing, or one is not known.</exception>
    public static ScaleInputs Read(string path) =>
        JsonSerializer.Deserialize<ScaleInputs>(File.ReadAllText(path), s_options) ??
        throw new JsonException($"{path} is empty");
}
