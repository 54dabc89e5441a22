using System.Globalization;
using NetPolNic.Agent.Control.V1;
using NetPolNic.Agent.Hosting;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Decision;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Control;

/// <summary>The fallback's side as messages.</summary>
internal static class FallbackMessages
{
    /// <summary>Counters and state. Any thread.</summary>
    public static FallbackStatus Of(IDataPlane dataPlane)
    {
        FallbackCounters counters = dataPlane.ReadFallback();
        FallbackStatus status = new()
        {
            State = dataPlane.State.ToString().ToLowerInvariant(),
            Fault = dataPlane.Fault?.Message ?? "",
            Connections = (uint)dataPlane.ConnectionCount,
            ConnectionCapacity = (uint)dataPlane.ConnectionCapacity,
            RxPkts = counters.RxPkts,
            RxBytes = counters.RxBytes,
            TxPkts = counters.TxPkts,
            TxBytes = counters.TxBytes,
            HintsAgreed = counters.HintsAgreed,
            HintsDisagreed = counters.HintsDisagreed,
            ConnectionsOpened = counters.ConnectionsOpened,
            ConnectionsExpired = counters.ConnectionsExpired,
            ConnectionsEvicted = counters.ConnectionsEvicted,
            ConnectionsUntracked = counters.ConnectionsUntracked,
            ConnectionsCut = counters.ConnectionsCut,
            ConnectionsOfGonePods = counters.ConnectionsOfGonePods,
            Polls = counters.Polls,
            EmptyPolls = counters.EmptyPolls,
        };
        status.Allowed.AddRange(counters.Decisions.Where(kind => kind.Key != DecisionKind.None)
            .Select(kind => new ReasonCount { Reason = kind.Key.ToString(), Pkts = kind.Value }));
        status.Drops.AddRange(counters.Drops.Where(reason => reason.Key != DropReason.None)
            .Select(reason => new ReasonCount { Reason = reason.Key.ToString(), Pkts = reason.Value }));
        return status;
    }

    /// <summary>The last denied packets that concern the chosen pods.</summary>
    public static IEnumerable<DeniedPacketStatus> Denied(IDataPlane dataPlane, PolicySnapshot snapshot, PodFilter filter)
    {
        SnapshotQuery query = new(snapshot);
        foreach (DeniedPacket packet in dataPlane.ReadDenied())
        {
            LocalEndpoint? src = query.Find(packet.Src);
            LocalEndpoint? dst = query.Find(packet.Dst);
            bool concerns = src is null && dst is null
                ? filter.IsAll
                : (src is not null && filter.Has(src)) || (dst is not null && filter.Has(dst));
            if (concerns)
            {
                yield return new DeniedPacketStatus
                {
                    FromIp = packet.Src.ToString(),
                    From = NameOf(src),
                    ToIp = packet.Dst.ToString(),
                    To = NameOf(dst),
                    Protocol = ProtocolName(packet.IpProto),
                    SourcePort = packet.SrcL4Port,
                    Port = packet.DstL4Port,
                    Reason = packet.Reason.ToString(),
                };
            }
        }
    }

    /// <summary>A trace, about the packet that was asked.</summary>
    public static FallbackDecision Of(FallbackTrace trace, in FallbackProbe probe)
    {
        FallbackDecision message = new()
        {
            From = NameOf(trace.Src),
            To = NameOf(trace.Dst),
            Exempt = trace.IsExempt,
            Decision = trace.Decision.IsForward ? "pass" : "drop",
            Reason = trace.Decision.IsForward ? trace.Decision.Kind.ToString() : trace.Decision.Reason.ToString(),
        };
        if (trace.Connection is { } connection)
        {
            message.Connection = new ConnectionStatus
            {
                State = connection.IsCut ? "cut" : connection.State.ToString().ToLowerInvariant(),
                OpenedBy = (connection.IsOpenedBySrc ? probe.Src : probe.Dst).ToString(),
                AgeSeconds = connection.AgeSeconds,
                ExpiresInSeconds = connection.ExpiresInMs / 1000.0,
            };
        }

        return message;
    }

    private static string NameOf(LocalEndpoint? endpoint) => endpoint is null ? "" : PodFilter.NameOf(endpoint);

    private static string ProtocolName(byte ipProto) => ipProto switch
    {
        (byte)L4Proto.Tcp or (byte)L4Proto.Udp or (byte)L4Proto.Sctp => ((L4Proto)ipProto).ToString().ToUpperInvariant(),
        1 or 58 => "ICMP",
        _ => ipProto.ToString(CultureInfo.InvariantCulture),
    };
}
