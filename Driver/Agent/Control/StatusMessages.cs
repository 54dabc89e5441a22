using System.Collections.Immutable;
using Dpdk.Ethdev;
using Google.Protobuf.WellKnownTypes;
using NetPolNic.Agent.Control.V1;
using NetPolNic.Agent.Hosting;
using NetPolNic.Agent.Output;
using NetPolNic.Cluster.Sources;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Control;

/// <summary>The agent's side of a status as messages. Pure.</summary>
internal static class StatusMessages
{
    public static PolicyStatus Policy(AgentView view)
    {
        PolicyStatus status = new()
        {
            Generation = view.Generation,
            InForce = view.AppliedAt is not null && view.IsInForce,
            InForceSince = view.AppliedAt is { } since ? Timestamp.FromDateTimeOffset(since) : null,
            LastError = view.LastError ?? "",
            PendingChanges = view.Pending,
        };
        status.Warnings.AddRange(view.Snapshot.Warnings.Select(warning => warning.ToString()));
        return status;
    }

    /// <summary>The chosen pods, with the rules and regions of the plan that concern each.</summary>
    public static IEnumerable<PodStatus> Pods(
        PolicySnapshot snapshot, OffloadPlan? plan, RuleUsers users, PodFilter filter)
    {
        Dictionary<IpAddr, uint> rules = [];
        foreach (PlannedRule rule in plan?.Rules ?? [])
        {
            (IpAddr? src, IpAddr? dst) = PodFilter.AddressesOf(rule);
            Count(rules, src);
            Count(rules, dst == src ? null : dst);
        }

        Dictionary<string, int> punts = (plan?.Punts ?? []).CountBy(punt => punt.Pod).ToDictionary();
        foreach (LocalEndpoint endpoint in snapshot.Endpoints.Where(filter.Has))
        {
            PodStatus pod = new()
            {
                Namespace = endpoint.Namespace,
                Name = endpoint.Name,
                Ingress = Direction(endpoint.Ingress),
                Egress = Direction(endpoint.Egress),
                NicRules = (uint)(endpoint.Addresses.Sum(addr => rules.GetValueOrDefault(addr)) +
                    users.SharedCountOf(PodFilter.NameOf(endpoint))),
                Punts = (uint)punts.GetValueOrDefault(PodFilter.NameOf(endpoint)),
            };
            pod.Ips.AddRange(endpoint.Addresses.Select(addr => addr.ToString()));
            yield return pod;
        }
    }

    /// <summary>One port: what its NIC holds by the last answer of the driver, and its counters.</summary>
    public static EthPortStatus EthPort(EthPortInfo port, ApplyReport? report, OffloadPlan? plan, EthStats stats, int tableSize)
    {
        EthPortStatus status = new()
        {
            Id = (uint)port.Id,
            Device = port.Device,
            Driver = port.Driver,
            FlowApi = port.FlowApi,
            Role = port.Role.ToString().ToLowerInvariant(),
            Planned = (uint)(plan?.Rules.Length ?? 0),
            TableSize = (uint)tableSize,
            RxPkts = stats.RxPkts,
            RxBytes = stats.RxBytes,
            RxMissed = stats.RxMissed,
            TxPkts = stats.TxPkts,
            TxBytes = stats.TxBytes,
        };
        if (report is not null)
        {
            status.Rules = (uint)report.Installed;
            status.Missing = (uint)report.Missing.Length;
            status.Refused = (uint)report.Refused.Length;
            status.Stuck = (uint)report.Stuck.Length;
            status.TableFull = report.TableFull;
            if (plan is not null)
            {
                status.Drops = Installed(plan, report, RuleVerdict.Drop);
                status.Passes = Installed(plan, report, RuleVerdict.Pass);
                status.Punts = (uint)Math.Max(0, report.Installed - (long)status.Drops - status.Passes);
            }
        }

        return status;
    }

    public static ReflectorStatus Reflector(ReflectorHealth health) => new()
    {
        Kind = health.Kind,
        Phase = Phase(health.Phase),
        Objects = (uint)health.Objects,
        ResourceVersion = health.ResourceVersion,
        Events = health.Events,
        Lists = health.Lists,
        Failures = health.Failures,
        LastContact = health.LastContact is { } at ? Timestamp.FromDateTimeOffset(at) : null,
        LastError = health.LastError ?? "",
    };

    private static string Phase(ReflectorPhase phase) => phase switch
    {
        ReflectorPhase.BackingOff => "backingOff",
        _ => phase.ToString().ToLowerInvariant(),
    };

    // A rule of the plan is in the NIC unless it is reported missing; a stuck one is there besides.
    private static uint Installed(OffloadPlan plan, ApplyReport report, RuleVerdict verdict)
    {
        ImmutableHashSet<RuleKey> missing = [.. report.Missing.Select(rule => rule.Key)];
        int planned = plan.Rules.Count(rule => rule.Verdict == verdict && !missing.Contains(rule.Key));
        return (uint)(planned + report.Stuck.Count(stuck => stuck.Rule.Verdict == verdict));
    }

    private static PodDirection Direction(EndpointDirection direction)
    {
        PodDirection message = new()
        {
            Isolated = direction.Set.IsIsolated,
            AllowRules = (uint)direction.Set.Rules.Length,
        };
        message.IsolatedBy.AddRange(RuleMessages.Lines(direction.IsolatedBy));
        return message;
    }

    private static void Count(Dictionary<IpAddr, uint> counts, IpAddr? addr)
    {
        if (addr is { } key)
        {
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }
    }
}
