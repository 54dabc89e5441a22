using k8s;
using Microsoft.Extensions.Logging;
using NetPolNic.Agent.Observability;
using NetPolNic.Offload.Planning.Budget;
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

    /// <summary>
    /// The least <see cref="MemoryMiB"/>: the packet pool and two virtual ports start with it, with 64 they do not. Ports
    /// with rings of their own need more.
    /// </summary>
    public const int LeastMemoryMiB = 72;

    /// <summary>The largest <see cref="Mtu"/>.</summary>
    public const int GreatestMtu = 9216;

    // Headroom (128), Ethernet header with two tags, and what rings of the kernel keep in front of a frame.
    private const int FrameRoomBytes = 376;

    /// <summary>Where health and metrics are without <see cref="MetricsListen"/>.</summary>
    public const string DefaultMetricsListen = "127.0.0.1:9099";

    /// <summary>Folder of manifests to follow.</summary>
    public string? Manifests { get; set; }

    /// <summary>File that says how to reach a cluster's API server.</summary>
    public string? Kubeconfig { get; set; }

    /// <summary>Context in <see cref="Kubeconfig"/>; null: its current one.</summary>
    public string? Context { get; set; }

    /// <summary>Node whose pods are local; null: with manifests all are; a cluster needs it.</summary>
    public string? Node { get; set; }

    /// <summary>ADDR:PORT of health and metrics, or "none"; null: the default, where it is free.</summary>
    public string? MetricsListen { get; set; }

    /// <summary>Unix socket that `netpolnic status` asks; empty: none.</summary>
    public string ControlSocket { get; set; } = "/run/netpolnic/netpolnic.sock";

    /// <summary>"text" or "json".</summary>
    public string LogFormat { get; set; } = "text";

    /// <summary>The least level that is logged.</summary>
    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    /// <summary>NIC profile to compile for.</summary>
    public string Nic { get; set; } = "mlx5";

    /// <summary>What isolates.</summary>
    public IsolationMode Isolation { get; set; } = IsolationMode.Auto;

    /// <summary>"cut" or "keep": what becomes of connections that a new policy forbids (SEMANTICS b15).</summary>
    public string Established { get; set; } = "cut";

    /// <summary>"auto": rules by templates and a flow queue where the port has that; "sync": one by one.</summary>
    public string FlowApi { get; set; } = "auto";

    /// <summary>DPDK device of the wire: a PCI address, or a virtual device with its arguments.</summary>
    public string? Uplink { get; set; }

    /// <summary>DPDK devices that carry one pod each.</summary>
    public IList<string> PodPorts { get; } = [];

    /// <summary>DPDK devices that carry many pods each; frames between those are sent back out of the same port.</summary>
    public IList<string> ReflectPorts { get; } = [];

    /// <summary>Puts the emulated NIC, with the profile's limits, in front of every port.</summary>
    public bool Emulate { get; set; }

    /// <summary>The emulated NIC is in front of every port, or is named as a device, with arguments of its own.</summary>
    public bool NeedsEmunic =>
        Emulate || AllDevices().Any(device => device.StartsWith("net_emunic", StringComparison.Ordinal));

    /// <summary>The CPUs that poll loops run on, one each: "2", "2,4-6".</summary>
    public string Lcore { get; set; } = "0";

    /// <summary>
    /// "native": poll loops that this process's collections do not stop; "managed": of this process's own runtime, for tests.
    /// </summary>
    public string PollLoop { get; set; } = "native";

    /// <summary>Memory for packets and tables.</summary>
    public int MemoryMiB { get; set; } = 512;

    /// <summary>The largest IP packet, in bytes, that a port may deliver in one piece.</summary>
    public int Mtu { get; set; } = 1500;

    /// <summary>Room for a frame in each packet buffer, headroom included.</summary>
    public ushort DataRoomBytes => (ushort)Math.Max(2176, Mtu + FrameRoomBytes);

    /// <summary>EAL's --file-prefix; one per process.</summary>
    public string FilePrefix { get; set; } = $"netpolnic-{Environment.ProcessId}";

    /// <summary>Size of the connection table, in connections.</summary>
    public int Connections { get; set; } = 1 << 18;

    /// <summary>
    /// How often, in seconds, the rules in a NIC whose table is too small are chosen anew by the traffic; 0: never.
    /// </summary>
    public double RechooseSeconds { get; set; } = 2;

    /// <summary>Seconds after which measured traffic counts half.</summary>
    public double TrafficHalfLifeSeconds { get; set; } = 10;

    /// <summary>Rules a second that choosing anew may create and destroy, on average.</summary>
    public double RechooseOperations { get; set; } = 500;

    /// <summary>How a table that is too small is filled.</summary>
    public BudgetOptions Budget() => new()
    {
        HalfLife = TimeSpan.FromSeconds(TrafficHalfLifeSeconds),
        MinimumStay = TimeSpan.FromSeconds(TrafficHalfLifeSeconds),
        OperationsPerSecond = RechooseOperations,
    };

    /// <summary>Everything wrong with the options, one sentence each; empty where they are usable.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (string problem in SourceProblems())
        {
            yield return problem;
        }

        if (string.IsNullOrEmpty(Uplink))
        {
            yield return "--uplink: a DPDK device is needed, e.g. 0000:3b:00.0 or net_tap0,iface=dtap0";
        }

        if (PodPorts.Count + ReflectPorts.Count == 0)
        {
            yield return "--pod-port, --reflect-port: at least one port with pods is needed";
        }

        foreach (string problem in DeviceProblems())
        {
            yield return problem;
        }

        if (Established is not ("cut" or "keep"))
        {
            yield return $"--established: '{Established}' is neither 'cut' nor 'keep'";
        }

        if (FlowApi is not ("auto" or "sync"))
        {
            yield return $"--flow-api: '{FlowApi}' is neither 'auto' nor 'sync'";
        }

        if (LcoreList.Parse(Lcore) is not { } cpus)
        {
            yield return $"--lcore: '{Lcore}' is no list of CPUs, each once, such as 2 or 2,4-6";
        }
        else if (cpus.Any(cpu => cpu >= Environment.ProcessorCount))
        {
            yield return $"--lcore: this machine has CPUs 0 to {Environment.ProcessorCount - 1}, not {Lcore}";
        }

        if (PollLoop is not ("native" or "managed"))
        {
            yield return $"--poll-loop: '{PollLoop}' is neither 'native' nor 'managed'";
        }

        if (MemoryMiB < LeastMemoryMiB)
        {
            yield return $"--memory: {MemoryMiB} MiB are too few; {LeastMemoryMiB} is the least";
        }

        if (Mtu is < 1280 or > GreatestMtu)
        {
            yield return $"--mtu: {Mtu} is not between 1280 and {GreatestMtu}";
        }

        if (Connections is < 1024 or > 1 << 26)
        {
            yield return $"--connections: {Connections} is not between 1024 and {1 << 26}";
        }

        if (!(RechooseSeconds is 0 or (>= 0.1 and <= 3600)))
        {
            yield return $"--rechoose-interval: {RechooseSeconds} is neither 0 nor between 0.1 and 3600 seconds";
        }

        if (!(TrafficHalfLifeSeconds is >= 0.1 and <= 86400))
        {
            yield return $"TrafficHalfLifeSeconds: {TrafficHalfLifeSeconds} is not between 0.1 and 86400 seconds";
        }

        if (!(RechooseOperations is >= 1 and <= 1e6))
        {
            yield return $"RechooseOperations: {RechooseOperations} is not between 1 and 1000000 a second";
        }

        if (MetricsListen is { } listen && !ListenAddress.TryParse(listen, out _))
        {
            yield return $"--metrics-listen: '{listen}' is neither ADDR:PORT (127.0.0.1:9099, [::1]:9099, :9099) nor 'none'";
        }

        if (LogFormat is not ("text" or "json"))
        {
            yield return $"--log-format: '{LogFormat}' is neither 'text' nor 'json'";
        }
    }

    /// <summary>Takes the node's name from the downward API's usual variable where a cluster is followed.</summary>
    /// <param name="environment">Reads an environment variable.</param>
    public void TakeNodeFrom(Func<string, string?> environment)
    {
        if (FollowsCluster && string.IsNullOrEmpty(Node))
        {
            Node = environment("NODE_NAME");
        }
    }

    /// <summary>The CPUs of <see cref="Lcore"/>; of options without problems.</summary>
    public IReadOnlyList<int> Cpus() => LcoreList.Parse(Lcore) ?? [];

    /// <summary>Objects come from a cluster, not from manifests.</summary>
    public bool FollowsCluster => string.IsNullOrEmpty(Manifests);

    /// <summary>Whether this process runs in a pod with a service account.</summary>
    public bool IsInCluster { get; init; } = KubernetesClientConfiguration.IsInCluster();

    /// <summary>Every device that is named, as it is written.</summary>
    public IEnumerable<string> AllDevices() => NamedDevices().Select(named => named.Device);

    private IEnumerable<(string Option, string Device)> NamedDevices() =>
    [
        .. string.IsNullOrEmpty(Uplink) ? Array.Empty<(string, string)>() : [("--uplink", Uplink)],
        .. PodPorts.Select(device => ("--pod-port", device)),
        .. ReflectPorts.Select(device => ("--reflect-port", device)),
    ];

    private IEnumerable<string> DeviceProblems()
    {
        Dictionary<string, string> optionOf = [];
        foreach ((string option, string text) in NamedDevices())
        {
            if (DpdkDevice.Parse(text) is not { } device)
            {
                yield return $"{option}: {DpdkDevice.ProblemOf(text)}";
            }
            else if (!optionOf.TryAdd(device.Name, option))
            {
                string first = optionOf[device.Name];
                yield return $"{option}: {device.Name} is named twice" + (first == option ? "" : $", first by {first}");
            }
        }
    }

    private IEnumerable<string> SourceProblems()
    {
        if (!FollowsCluster)
        {
            if (Kubeconfig is not null)
            {
                yield return "--manifests, --kubeconfig: they exclude each other";
            }

            yield break;
        }

        if (Kubeconfig is null && !IsInCluster)
        {
            yield return "there is nothing to follow: give --manifests DIR or --kubeconfig FILE, or run in a pod with a " +
                "service account (KUBERNETES_SERVICE_HOST and /var/run/secrets/kubernetes.io/serviceaccount are not there)";
        }
        else if (string.IsNullOrEmpty(Node))
        {
            yield return "--node: a cluster needs the name of this node, as in 'kubectl get nodes': give --node NAME, or set " +
                "NODE_NAME from spec.nodeName (downward API)";
        }

        if (Kubeconfig is null && Context is not null)
        {
            yield return "--context: names a context of a --kubeconfig, and none is given";
        }

        if (Kubeconfig is not null && !File.Exists(Kubeconfig))
        {
            yield return $"--kubeconfig: there is no file {Kubeconfig}";
        }
    }
}
