using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetPolNic.Agent.Hosting;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Decision;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Observability;

/// <summary>
/// Logs a sample of what policy denied in the fallback, with the pods and the policies that isolate them, at a bounded
/// rate; what is not logged one by one is summed up.
/// </summary>
internal sealed partial class DeniedReporter(
    IDataPlane dataPlane, ApplyLoop loop, TimeProvider time, ILogger<DeniedReporter> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_summaryInterval = TimeSpan.FromMinutes(1);

    private readonly ILogger<DeniedReporter> _logger = logger;
    private readonly LogBudget _budget = new(time, 20, 2);
    private readonly EndpointIndex _endpoints = new();
    private long _seen;
    private long _summed;
    private long _written;
    private long _summaryAt = time.GetTimestamp();

    /// <summary>One look at what was denied since the last.</summary>
    internal void Look()
    {
        PolicySnapshot snapshot = loop.View.Snapshot;
        List<DeniedPacket> fresh = [.. dataPlane.ReadDenied().Where(packet => packet.Sequence > _seen)];
        foreach (IGrouping<DeniedPacket, DeniedPacket> alike in fresh.GroupBy(packet => packet with { Sequence = 0, AtMs = 0, SrcL4Port = 0 }))
        {
            if (_budget.TryTake(out _))
            {
                int count = alike.Count();
                _written += count;
                Write(snapshot, alike.First(), count);
            }
        }

        _seen = fresh.Count > 0 ? fresh.Max(packet => packet.Sequence) : _seen;
        if (time.GetElapsedTime(_summaryAt) >= s_summaryInterval)
        {
            Summarise();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(s_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                Look();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The last second's packets are in the counters.
        }
    }

    private void Summarise()
    {
        long suppressed = _seen - _summed - _written;
        if (suppressed > 0)
        {
            LogSuppressed(suppressed, (long)time.GetElapsedTime(_summaryAt).TotalSeconds);
        }

        _summed = _seen;
        _written = 0;
        _summaryAt = time.GetTimestamp();
    }

    private void Write(PolicySnapshot snapshot, DeniedPacket packet, int count)
    {
        LocalEndpoint? src = _endpoints.Find(snapshot, packet.Src);
        LocalEndpoint? dst = _endpoints.Find(snapshot, packet.Dst);
        (string by, string policies) = packet.Reason switch
        {
            DropReason.EgressDenied => ($"egress of {NameOf(src)}", Isolating(src?.Egress)),
            DropReason.IngressDenied => ($"ingress of {NameOf(dst)}", Isolating(dst?.Ingress)),
            DropReason.ConnectionCut => ("a policy change that cut the connection", Isolating(dst?.Ingress, src?.Egress)),
            _ => (AgentMeter.Label(packet.Reason), Isolating(dst?.Ingress, src?.Egress)),
        };
        LogDenied(
            packet.Reason,
            NameOf(src),
            packet.Src.ToString(),
            NameOf(dst),
            packet.Dst.ToString(),
            packet.IpProto,
            packet.DstL4Port,
            by,
            policies,
            count);
    }

    private static string NameOf(LocalEndpoint? endpoint) =>
        endpoint is null ? "-" : $"{endpoint.Namespace}/{endpoint.Name}";

    private static string Isolating(params EndpointDirection?[] directions)
    {
        string[] names =
        [
            .. directions.SelectMany(direction => direction?.IsolatedBy ?? [])
                .Select(origin => origin.ToString()).Distinct(StringComparer.Ordinal),
        ];
        return names.Length == 0 ? "none" : string.Join(", ", names);
    }

    [LoggerMessage(1030, LogLevel.Information,
        "Denied ({Reason}): {SrcPodName} {SrcAddr} to {DstPodName} {DstAddr}, protocol {IpProto}, port {DstL4Port}, by {DeniedBy}; isolated by {PolicyName}; {Packets} packets seen")]
    private partial void LogDenied(
        DropReason reason,
        string srcPodName,
        string srcAddr,
        string dstPodName,
        string dstAddr,
        byte ipProto,
        ushort dstL4Port,
        string deniedBy,
        string policyName,
        int packets);

    [LoggerMessage(1031, LogLevel.Information, "{Packets} more packets were denied in the last {Seconds} s, not logged one by one")]
    private partial void LogSuppressed(long packets, long seconds);
}
