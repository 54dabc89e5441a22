using Google.Protobuf.WellKnownTypes;
using NetPolNic.Agent.Control.V1;

namespace NetPolNic.Agent.Tests.Control;

/// <summary>Answers as an agent of a small node would give them.</summary>
internal static class SampleReplies
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 22, 21, 45, 3, TimeSpan.Zero);

    public static StatusReply Status(bool ready = true)
    {
        StatusReply reply = new()
        {
            TakenAt = At(0),
            Agent = new AgentStatus
            {
                Version = "0.1.0",
                Node = "node-1",
                Pid = 4711,
                StartedAt = At(-7440),
                UptimeSeconds = 7440,
                Source = "manifests in /etc/netpolnic",
                Nic = "mlx5",
                Isolation = "auto",
                Ready = ready,
            },
            Policy = new PolicyStatus { Generation = 7, InForce = ready, InForceSince = At(-192), PendingChanges = ready ? 0 : 3 },
            Fallback = Fallback(),
        };
        if (!ready)
        {
            reply.Agent.Missing.Add("the last round failed, the policy before it stays in force: no memory");
            reply.Policy.LastError = "no memory";
        }

        reply.Policy.Warnings.Add("namespace web: the annotation net.beta.kubernetes.io/network-policy is no JSON: 'yes'");
        reply.Pods.Add(Pod("default", "db", "10.244.1.10", Isolated(2, "default/test-network-policy"), new PodDirection(), 12, 3));
        reply.Pods.Add(Pod("default", "frontend", "10.244.1.11", new PodDirection(), Isolated(0, "default/quiet"), 4, 1));
        reply.Pods.Add(Pod("unrelated", "scanner", "10.244.1.12", new PodDirection(), new PodDirection(), 0, 0));
        reply.EthPorts.Add(new EthPortStatus
        {
            Id = 0,
            Device = "0000:3b:00.0",
            Driver = "mlx5_pci",
            Role = "uplink",
            Rules = 16,
            Drops = 4,
            Passes = 2,
            Punts = 10,
            Planned = 18,
            Missing = 2,
            Refused = 1,
            TableSize = 65536,
            RxPkts = 123_456_789,
            RxBytes = 98_765_432_100,
            TxPkts = 54_321,
            TxBytes = 4_345_680,
        });
        reply.EthPorts.Add(new EthPortStatus
        {
            Id = 1,
            Device = "net_tap1",
            Driver = "net_tap",
            Role = "pod",
            Rules = 18,
            Drops = 6,
            Passes = 2,
            Punts = 10,
            Planned = 18,
            TableSize = 65536,
            RxPkts = 54_400,
            TxPkts = 1_234_567,
        });
        reply.Rules.Add(Rule(0, "DROP", "tcp any → 10.244.1.10 whole SYN", 1_204_331, "default/test-network-policy"));
        reply.Rules.Add(Rule(
            1, "PUNT", "tcp 10.244.1.11 → 10.244.1.10:6379 whole SYN", 40, "default/test-network-policy ingress[0].from[1].ports[0]"));
        reply.Punts.Add(new PuntReasonCount
        {
            Reason = "NeedsConnectionState",
            Regions = 3,
            Pods = 2,
            Fact = "a reply passes whatever isolates the replier (SEMANTICS b14)",
        });
        reply.Punts.Add(new PuntReasonCount
        {
            Reason = "TcpFlagsUnsupported",
            Field = "tcp.flags",
            Regions = 1,
            Pods = 1,
            Fact = "i40e: tcp.flags none, not listed in the profile",
        });
        reply.Refusals.Add(new Refusal
        {
            EthPort = 0,
            Operation = "create",
            Reason = "TableFull",
            Errno = 28,
            Message = "no room left in the table",
            Rules = 2,
            Example = Rule(0, "DROP", "udp any → 10.244.1.10 whole", null, "default/test-network-policy"),
        });
        reply.Reflectors.Add(new ReflectorStatus
        {
            Kind = "pods",
            Phase = "watching",
            Objects = 10_412,
            ResourceVersion = "88123",
            Events = 1_240_001,
            Lists = 1,
            LastContact = At(-2),
        });
        reply.Reflectors.Add(new ReflectorStatus
        {
            Kind = "networkpolicies",
            Phase = "backingOff",
            Objects = 93,
            ResourceVersion = "88020",
            Events = 210,
            Lists = 3,
            Failures = 4,
            LastContact = At(-65),
            LastError = "403 Forbidden: the service account may not watch networkpolicies",
        });
        reply.Denied.Add(new DeniedPacketStatus
        {
            FromIp = "203.0.113.7",
            ToIp = "10.244.1.10",
            To = "default/db",
            Protocol = "TCP",
            SourcePort = 40001,
            Port = 22,
            Reason = "IngressDenied",
        });
        reply.Denied.Add(new DeniedPacketStatus
        {
            FromIp = "10.244.1.11",
            From = "default/frontend",
            ToIp = "10.244.1.10",
            To = "default/db",
            Protocol = "ICMP",
            Reason = "EgressDenied",
        });
        return reply;
    }

    /// <summary>The same agent a second later, with more packets.</summary>
    public static StatusReply StatusLater()
    {
        StatusReply reply = Status();
        reply.TakenAt = At(2);
        reply.Rules[0].Hits += 2000;
        reply.EthPorts[0].RxPkts += 5_000_000;
        reply.Fallback.Drops[0].Pkts += 3;
        return reply;
    }

    public static NicRule Rule(uint ethPort, string verdict, string matches, ulong? hits, params string[] origin)
    {
        NicRule rule = new()
        {
            EthPort = ethPort,
            Key = $"key of {matches}",
            Priority = 1,
            Verdict = verdict,
            Matches = matches,
            Pattern = "eth / ipv4 / end",
            Actions = "count / end",
            Pod = "default/db",
            Direction = "ingress",
        };
        rule.Origin.AddRange(origin);
        if (hits is { } count)
        {
            rule.Hits = count;
            rule.Bytes = count * 64;
        }

        return rule;
    }

    public static PuntedRegion Punt()
    {
        PuntedRegion punt = new()
        {
            Pod = "default/db",
            Direction = "ingress",
            Region = "tcp 10.244.1.10 ← any, not a connection's first packet",
            Reason = "NeedsConnectionState",
            Fact = "SEMANTICS b14",
            EthPort = 0,
        };
        punt.Origin.Add("default/test-network-policy");
        return punt;
    }

    public static ExplainReply Explain()
    {
        ExplainReply reply = new()
        {
            From = "default/frontend",
            FromIp = "10.244.1.11",
            To = "default/db",
            ToIp = "10.244.1.10",
            Protocol = "TCP",
            Port = 6379,
            SourcePort = 40112,
            Verdict = "allow",
            Egress = new SideDecision { Verdict = "allow", Reason = "NotIsolated", Explanation = "not isolated" },
            Ingress = new SideDecision
            {
                Verdict = "allow",
                Reason = "AllowedByRule",
                Isolated = true,
                IsolatedBy = { "default/p" },
                AllowedBy = { "default/p ingress[0]" },
                Explanation = "isolated by default/p, allowed by default/p ingress[0]",
            },
            Policy = new PolicyStatus { Generation = 7, InForce = true, InForceSince = At(-192) },
            Fallback = new FallbackDecision
            {
                From = "default/frontend",
                To = "default/db",
                Decision = "pass",
                Reason = "Established",
                Connection = new ConnectionStatus
                {
                    State = "established",
                    OpenedBy = "10.244.1.11",
                    AgeSeconds = 72,
                    ExpiresInSeconds = 299.5,
                },
            },
        };
        reply.Nic.Add(new NicDecision
        {
            EthPort = 1,
            Device = "net_tap1",
            Role = "pod",
            EntersHere = true,
            Verdict = "PUNT",
            Place = "fallback",
            Reason = "the NIC hands it to the fallback, which decides and tracks the connection",
            Rule = Rule(1, "PUNT", "tcp 10.244.1.11 → 10.244.1.10:6379 whole SYN", 40),
            PlannedVerdict = "DROP",
            PlannedMatches = "tcp any → 10.244.1.10 whole SYN",
            Difference = "planned is DROP, the NIC does PUNT: the table is full",
        });
        reply.Differences.Add("EthPort 1: planned is DROP, the NIC does PUNT: the table is full");
        return reply;
    }

    private static Timestamp At(double seconds) => Timestamp.FromDateTimeOffset(s_now.AddSeconds(seconds));

    private static PodStatus Pod(
        string ns, string name, string ip, PodDirection ingress, PodDirection egress, uint rules, uint punts) => new()
        {
            Namespace = ns,
            Name = name,
            Ips = { ip },
            Ingress = ingress,
            Egress = egress,
            NicRules = rules,
            Punts = punts,
        };

    private static PodDirection Isolated(uint rules, string by) =>
        new() { Isolated = true, AllowRules = rules, IsolatedBy = { by } };

    private static FallbackStatus Fallback() => new()
    {
        State = "running",
        Connections = 1234,
        ConnectionCapacity = 262144,
        RxPkts = 123_511_189,
        RxBytes = 1,
        TxPkts = 1_288_888,
        TxBytes = 1,
        ConnectionsOpened = 99_000,
        ConnectionsExpired = 97_766,
        ConnectionsCut = 2,
        Polls = 10,
        EmptyPolls = 9,
        Allowed =
        {
            new ReasonCount { Reason = "Established", Pkts = 1_200_000 },
            new ReasonCount { Reason = "NewAllowed", Pkts = 99_000 },
            new ReasonCount { Reason = "Fragment" },
        },
        Drops =
        {
            new ReasonCount { Reason = "IngressDenied", Pkts = 17 },
            new ReasonCount { Reason = "Truncated" },
        },
    };
}
