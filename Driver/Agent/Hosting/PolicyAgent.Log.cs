using Dpdk.Flow;
using Microsoft.Extensions.Logging;

namespace NetPolNic.Agent.Hosting;

internal sealed partial class PolicyAgent
{
    [LoggerMessage(1000, LogLevel.Information, "Port {EthPortId} is {Device} ({Driver})")]
    private partial void LogPort(int ethPortId, string device, string driver);

    [LoggerMessage(1001, LogLevel.Information, "Stopping: ports close, nothing passes any more")]
    private partial void LogStopping();

    [LoggerMessage(1002, LogLevel.Warning, "{Problem}")]
    private partial void LogManifestWarning(string problem);

    [LoggerMessage(1003, LogLevel.Error, "{Problem}")]
    private partial void LogManifestError(string problem);

    [LoggerMessage(1004, LogLevel.Error, "The manifests cannot be used; the last good policy stays in force")]
    private partial void LogKeepingLastGood();

    [LoggerMessage(1005, LogLevel.Warning, "{Warning}")]
    private partial void LogPolicyWarning(string warning);

    [LoggerMessage(1006, LogLevel.Information,
        "Policy {Generation} in force: {Pods} local pods, {Rules} NIC rules, {Punts} regions left to the fallback, {Refused} refused by the NIC")]
    private partial void LogApplied(long generation, int pods, int rules, int punts, int refused);

    [LoggerMessage(1007, LogLevel.Warning,
        "The NIC of port {EthPortId} refuses rules: {Reason} ({Detail}), {Refused} so far; the fallback decides there")]
    private partial void LogRefused(int ethPortId, RejectReason reason, string detail, int refused);
}
