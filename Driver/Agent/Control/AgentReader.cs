using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using Google.Protobuf.WellKnownTypes;
using NetPolNic.Agent.Control.V1;
using NetPolNic.Agent.Hosting;
using NetPolNic.Agent.Output;
using NetPolNic.Cluster.Sources;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Agent.Control;

/// <summary>
/// Answers from the running agent: what only the apply loop may look at is read on its thread, between two rounds, and
/// turned into messages on the caller's.
/// </summary>
internal sealed class AgentReader(
    ApplyLoop loop,
    IDataPlane dataPlane,
    IClusterSource source,
    AgentOptions options,
    NicCapabilities nic,
    TimeProvider time) : IAgentReader
{
    /// <summary>How long a status waits for a busy apply loop before it says so instead.</summary>
    public static readonly TimeSpan LoopPatience = TimeSpan.FromSeconds(3);

    private const int MaxDenied = 20;

    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private readonly long _started = time.GetTimestamp();

    /// <summary>The version of this executable.</summary>
    public static string Version =>
        typeof(AgentReader).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            .Split('+')[0] ?? "unknown";

    public async Task<StatusReply> StatusAsync(StatusRequest request, CancellationToken cancellation)
    {
        AgentView view = loop.View;
        PodFilter filter = PodFilter.Of(request.Pod, view.Snapshot);
        StatusReply reply = new()
        {
            TakenAt = Timestamp.FromDateTimeOffset(time.GetUtcNow()),
            Agent = Agent(view),
            Policy = StatusMessages.Policy(view),
            Fallback = FallbackMessages.Of(dataPlane),
        };
        OffloadPlan? plan = null;
        try
        {
            plan = await loop.AskAsync((_, plane, _) => plane.Plan, cancellation)
                .WaitAsync(LoopPatience, time, cancellation).ConfigureAwait(false);
            reply.Rules.AddRange(await HottestAsync(filter, (int)request.Top, cancellation)
                .WaitAsync(LoopPatience, time, cancellation).ConfigureAwait(false));
        }
        catch (TimeoutException)
        {
            reply.Agent.Missing.Add(FormattableString.Invariant(
                $"the apply loop has been busy for {loop.SinceBeat.TotalSeconds:0} s: rules and punts are not known"));
        }

        ImmutableArray<ApplyReport> reports = view.Outcome?.Reports ?? [];
        RuleUsers users = RuleUsers.Of(plan?.Rules ?? []);
        reply.Pods.AddRange(StatusMessages.Pods(view.Snapshot, plan, users, filter));
        for (int i = 0; i < dataPlane.Ports.Count; i++)
        {
            ApplyReport? report = i < reports.Length ? reports[i] : null;
            EthPortInfo port = dataPlane.Ports[i];
            reply.EthPorts.Add(
                StatusMessages.EthPort(port, report, plan, dataPlane.ReadEthStats(i), nic.TableSize.Value));
            reply.Refusals.AddRange(report is null ? [] : RuleMessages.Refusals(port.Id, report, filter, users));
        }

        reply.Punts.AddRange(RuleMessages.ByReason(Punts(plan, reports, filter)));
        reply.Reflectors.AddRange(source.Health.Select(StatusMessages.Reflector));
        reply.Denied.AddRange(FallbackMessages.Denied(dataPlane, view.Snapshot, filter).TakeLast(MaxDenied));
        return reply;
    }

    public async IAsyncEnumerable<NicRule> RulesAsync(
        RulesRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        PodFilter filter = PodFilter.Of(request.Pod, loop.View.Snapshot);
        for (int i = 0; i < dataPlane.Ports.Count; i++)
        {
            ImmutableArray<RuleCounters> rules = await CountersAsync(i, cancellation).ConfigureAwait(false);
            RuleUsers users = RuleUsers.Of(rules.Select(rule => rule.Rule));
            foreach (RuleCounters rule in rules)
            {
                if (filter.Has(rule.Rule, users))
                {
                    yield return RuleMessages.Of(filter.As(rule.Rule, users), dataPlane.Ports[i].Id, rule.Counters);
                }
            }
        }
    }

    public async Task<IReadOnlyList<V1.PuntedRegion>> PuntsAsync(PuntsRequest request, CancellationToken cancellation)
    {
        AgentView view = loop.View;
        PodFilter filter = PodFilter.Of(request.Pod, view.Snapshot);
        OffloadPlan plan = await loop.AskAsync((_, plane, _) => plane.Plan, cancellation).ConfigureAwait(false);
        return [.. Punts(plan, view.Outcome?.Reports ?? [], filter)];
    }

    public async Task<ExplainReply> ExplainAsync(ExplainRequest request, CancellationToken cancellation)
    {
        (AgentView view, Policy.Model.ClusterState state, OffloadPlan plan, ImmutableArray<ApplyReport> reports) =
            await loop.AskAsync(
                (now, plane, resolver) => (now, resolver.ToState(), plane.Plan, plane.Reports), cancellation)
            .ConfigureAwait(false);
        List<PortTable> tables = [];
        for (int i = 0; i < dataPlane.Ports.Count; i++)
        {
            ImmutableArray<RuleCounters> rules = await CountersAsync(i, cancellation).ConfigureAwait(false);
            tables.Add(new PortTable(dataPlane.Ports[i], rules, i < reports.Length ? reports[i] : null));
        }

        LiveExplainer explainer = new(state, view, plan, tables, nic, options);
        return explainer.Explain(request, dataPlane);
    }

    private AgentStatus Agent(AgentView view)
    {
        AgentStatus status = new()
        {
            Version = Version,
            Node = options.Node ?? "",
            Pid = Environment.ProcessId,
            StartedAt = Timestamp.FromDateTimeOffset(_startedAt),
            UptimeSeconds = time.GetElapsedTime(_started).TotalSeconds,
            Source = source.Name,
            Nic = nic.Name,
            Isolation = options.Isolation.ToString().ToLowerInvariant(),
            Ready = view.IsInForce,
        };
        status.Missing.AddRange(view.Missing);
        return status;
    }

    private IEnumerable<V1.PuntedRegion> Punts(OffloadPlan? plan, ImmutableArray<ApplyReport> reports, PodFilter filter)
    {
        IEnumerable<V1.PuntedRegion> planned =
            (plan?.Punts ?? []).Where(filter.Has).Select(punt => RuleMessages.Of(punt, null));
        RuleUsers users = RuleUsers.Of(plan?.Rules ?? []);
        IEnumerable<V1.PuntedRegion> missing = reports.SelectMany((report, i) =>
            users.PuntsOf(report).Where(filter.Has).Select(punt => RuleMessages.Of(punt, dataPlane.Ports[i].Id)));
        return planned.Concat(missing);
    }

    private async Task<List<NicRule>> HottestAsync(PodFilter filter, int top, CancellationToken cancellation)
    {
        List<(int Port, RuleCounters Rule, RuleUsers Users)> all = [];
        for (int i = 0; i < dataPlane.Ports.Count && top > 0; i++)
        {
            ImmutableArray<RuleCounters> rules = await CountersAsync(i, cancellation).ConfigureAwait(false);
            RuleUsers users = RuleUsers.Of(rules.Select(rule => rule.Rule));
            all.AddRange(rules.Where(rule => filter.Has(rule.Rule, users)).Select(rule => (i, rule, users)));
        }

        return
        [
            .. all.OrderByDescending(rule => rule.Rule.Counters?.Hits ?? 0).Take(top)
                .Select(rule => RuleMessages.Of(
                    filter.As(rule.Rule.Rule, rule.Users), dataPlane.Ports[rule.Port].Id, rule.Rule.Counters)),
        ];
    }

    private Task<ImmutableArray<RuleCounters>> CountersAsync(int ethPortIndex, CancellationToken cancellation) =>
        loop.AskAsync((_, plane, _) => plane.ReadRuleCounters(ethPortIndex), cancellation);
}
