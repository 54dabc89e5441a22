using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Hosting;

/// <summary>
/// What <c>netpolnic run</c> needs: from a JSON file (section "NetPolNic"), then NETPOLNIC_… environment variables, then
/// the command line; the later wins.
/// </summary>
internal sealed class AgentOptions
{
    /// <summary>The configuration section, and the prefix of the environment variables.</summary>
    public const string Section = "NetPolNic";

    /// <summary>Folder of manifests to follow.</summary>
    public string? Manifests { get; set; }

    /// <summary>Node whose pods are local; null: all are.</summary>
    public string? Node { get; set; }

    /// <summary>NIC profile to compile for.</summary>
    public string Nic { get; set; } = "mlx5";

    /// <summary>What isolates.</summary>
    public IsolationMode Isolation { get; set; } = IsolationMode.Auto;

    /// <summary>"cut" or "keep": what becomes of connections that a new policy forbids (SEMANTICS b15).</summary>
    public string Established { get; set; } = "cut";

    /// <summary>DPDK device of the wire: a PCI address, or a virtual device with its arguments.</summary>
    public string? Uplink { get; set; }

    /// <summary>DPDK devices that carry one pod each.</summary>
    public IList<string> PodPorts { get; } = [];

    /// <summary>DPDK devices that carry many pods each; frames between those are sent back out of the same port.</summary>
    public IList<string> ReflectPorts { get; } = [];

    /// <summary>Puts the emulated NIC, with the profile's limits, in front of every port.</summary>
    public bool Emulate { get; set; }

    /// <summary>The CPU that the poll loop runs on.</summary>
    public int Lcore { get; set; }

    /// <summary>Memory for packets and tables.</summary>
    public int MemoryMiB { get; set; } = 512;

    /// <summary>EAL's --file-prefix; one per process.</summary>
    public string FilePrefix { get; set; } = $"netpolnic-{Environment.ProcessId}";

    /// <summary>Size of the connection table, in connections.</summary>
    public int Connections { get; set; } = 1 << 18;

    /// <summary>Everything wrong with the options, one sentence each; empty where they are usable.</summary>
    public IEnumerable<string> Problems()
    {
        if (string.IsNullOrEmpty(Manifests))
        {
            yield return "--manifests: a folder is needed";
        }

        if (string.IsNullOrEmpty(Uplink))
        {
            yield return "--uplink: a DPDK device is needed, e.g. 0000:3b:00.0 or net_tap0,iface=dtap0";
        }

        if (PodPorts.Count + ReflectPorts.Count == 0)
        {
            yield return "--pod-port, --reflect-port: at least one port with pods is needed";
        }

        if (Established is not ("cut" or "keep"))
        {
            yield return $"--established: '{Established}' is neither 'cut' nor 'keep'";
        }

        if (Lcore < 0 || Lcore >= Environment.ProcessorCount)
        {
            yield return $"--lcore: this machine has CPUs 0 to {Environment.ProcessorCount - 1}, not {Lcore}";
        }

        if (MemoryMiB < 64)
        {
            yield return $"--memory: {MemoryMiB} MiB are too few; 64 is the least";
        }

        if (Connections is < 1024 or > 1 << 26)
        {
            yield return $"--connections: {Connections} is not between 1024 and {1 << 26}";
        }
    }
}
