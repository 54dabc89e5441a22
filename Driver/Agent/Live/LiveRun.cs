using System.Collections.Immutable;
using System.Globalization;
using NetPolNic.Agent.Matrix;
using NetPolNic.Cluster;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;

namespace NetPolNic.Agent.Live;

/// <summary>
/// A cluster's pods, plugged together with the agent as the only way between them. Everything is gone with its end.
/// </summary>
internal sealed class LiveRun : IAsyncDisposable
{
    private const int MaxExternals = 4;
    private const int MaxPorts = 8;

    private readonly LiveOptions _options;
    private readonly LiveWorld _world;
    private AgentProcess? _agent;

    private LiveRun(LiveOptions options, ManifestCopy manifests, ClusterState state, int mtu)
    {
        _options = options;
        Manifests = manifests;
        Mtu = mtu;
        Evaluator = new PolicyEvaluator(state, options.Isolation);
        ImmutableArray<MatrixEndpoint> endpoints =
            MatrixEndpoints.Of(state, MatrixEndpoints.ExternalsNamedIn(state, MaxExternals));
        _world = new LiveWorld(endpoints, mtu, options.Ports);
        try
        {
            HasSctp = _world.Switch.Run(SctpIsThere);
            Questions = QuestionsOf(state);
            Servers = new EchoServers(Hosts, Questions);
            Attempt = new LiveAttempt(Servers);
        }
        catch (Exception)
        {
            _world.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of the largest IP packet.</summary>
    public int Mtu { get; }

    /// <summary>Pods, then outside addresses.</summary>
    public ImmutableArray<LiveHost> Hosts => _world.Hosts;

    /// <summary>Whether several pods share a port.</summary>
    public bool HasTrunk => _world.HasTrunk;

    /// <summary>Whether the kernel speaks SCTP.</summary>
    public bool HasSctp { get; }

    /// <summary>
    /// Whether IPv4 fragments reach the agent as they are: DPDK 22.11's af_packet has the kernel put them together
    /// (PACKET_FANOUT_FLAG_DEFRAG), and then cuts the datagram off where the ring's frame ends.
    /// </summary>
    public bool SeesFragmentsV4 => _options.Ports == "pcap";

    /// <summary>What the matrix asks.</summary>
    public ImmutableArray<LiveQuestion> Questions { get; }

    /// <summary>Policy as the manifests had it at the start.</summary>
    public PolicyEvaluator Evaluator { get; }

    /// <summary>What isolates.</summary>
    public IsolationMode Isolation => _options.Isolation;

    /// <summary>The agent's manifests.</summary>
    public ManifestCopy Manifests { get; }

    /// <summary>What answers.</summary>
    public EchoServers Servers { get; }

    /// <summary>How hosts try to reach each other.</summary>
    public LiveAttempt Attempt { get; }

    /// <summary>The agent that runs.</summary>
    public AgentProcess Agent => _agent ?? throw new InvalidOperationException("no agent was started");

    /// <summary>Builds the world and starts the agent; its first policy is in force when this returns.</summary>
    /// <exception cref="LiveException">The surroundings lack something, or the manifests cannot be used.</exception>
    public static async Task<LiveRun> StartAsync(LiveOptions options, int mtu, CancellationToken cancellation)
    {
        ManifestCopy manifests = new(options.Manifests);
        LiveRun run;
        try
        {
            ClusterState state = ManifestReader.Read(manifests.Folder).State ??
                throw new LiveException($"{options.Manifests}: the manifests cannot be used; 'netpolnic compile' says why");
            run = new LiveRun(options, manifests, state, mtu);
        }
        catch (Exception)
        {
            manifests.Dispose();
            throw;
        }

        try
        {
            await run.StartAgentAsync(keep: false, cancellation).ConfigureAwait(false);
            return run;
        }
        catch (Exception)
        {
            await run.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Kills the agent that runs and starts another one; waits until its policy is in force.</summary>
    /// <param name="keep">Whether connections survive a policy that forbids them.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task StartAgentAsync(bool keep, CancellationToken cancellation)
    {
        _agent?.Dispose();
        _agent = AgentProcess.Start(
            _world.Switch,
            _options.Executable,
            [
                "--manifests", Manifests.Folder, "--nic", _options.Nic, "--emulate",
                "--isolation", _options.Isolation.ToString().ToLowerInvariant(),
                "--established", keep ? "keep" : "cut",
                "--metrics-listen", "none", "--control-socket", "", "--connections", "65536",
                "--lcore", _options.Lcore.ToString(CultureInfo.InvariantCulture),
                .. _world.PortArguments(),
            ]);
        await _agent.WaitForPolicyAfterAsync(0, cancellation).ConfigureAwait(false);
    }

    /// <summary>Pairs of a protocol, in a stable order; those that a rule allows come first.</summary>
    /// <param name="ipProto">6, 17, …</param>
    /// <param name="verdict">What policy says of them.</param>
    /// <param name="family">IPv4 or IPv6; null for both.</param>
    public IEnumerable<LivePair> Pairs(byte ipProto, Verdict verdict, IpFamily? family = null)
    {
        IEnumerable<LivePair> pairs =
            from question in Questions
            where question.IpProto == ipProto && (family is null || question.Family == family)
            from client in Hosts
            from server in Hosts
            where client.Namespace != server.Namespace &&
                client.AddressOf(question.Family) is not null && server.AddressOf(question.Family) is not null
            let decision = Evaluator.Evaluate(
                Addr(client, question.Family), Addr(server, question.Family), question.WireProto, question.L4Port)
            where decision.Combined == verdict
            select new LivePair(client, server, question, decision);
        return pairs.OrderByDescending(pair => pair.Client.Endpoint.IsPod && pair.Server.Endpoint.IsPod &&
            pair.Decision.Ingress.Reason == DecisionReason.AllowedByRule);
    }

    public async ValueTask DisposeAsync()
    {
        _agent?.Dispose();
        await Servers.DisposeAsync().ConfigureAwait(false);
        _world.Dispose();
        Manifests.Dispose();
    }

    private static IpAddr Addr(LiveHost host, IpFamily family) =>
        host.Endpoint.Addresses.First(addr => addr.Family == family);

    private static bool SctpIsThere()
    {
        using System.Net.Sockets.Socket? socket = LinuxNet.OpenSctp(v6: false);
        return socket is not null;
    }

    private ImmutableArray<LiveQuestion> QuestionsOf(ClusterState state)
    {
        ImmutableArray<ProtoPort> ports = [.. MatrixEndpoints.PortsNamedIn(state)
            .Where(port => HasSctp || port.Proto != L4Proto.Sctp)
            .Take(MaxPorts)];
        if (HasSctp && ports.All(port => port.Proto != L4Proto.Sctp))
        {
            ports = ports.Add(new ProtoPort(L4Proto.Sctp, ports[0].L4Port));
        }

        return
        [
            .. from family in (IpFamily[])[IpFamily.V4, IpFamily.V6]
               where Hosts.Count(host => host.AddressOf(family) is not null) > 1
               from question in (IEnumerable<LiveQuestion>)
                   [
                       .. ports.Select(port => new LiveQuestion((byte)port.Proto, port.L4Port, family)),
                       new LiveQuestion(LiveQuestion.Icmp, 0, family),
                   ]
               select question,
        ];
    }
}
