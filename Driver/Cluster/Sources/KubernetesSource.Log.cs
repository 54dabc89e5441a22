using Microsoft.Extensions.Logging;

namespace NetPolNic.Cluster.Sources;

public sealed partial class KubernetesSource
{
    [LoggerMessage(2020, LogLevel.Information, "Network policies are read from {ApiVersion}")]
    private static partial void LogPolicyApi(ILogger logger, string apiVersion);

    [LoggerMessage(2021, LogLevel.Warning,
        "NetworkPolicy {PolicyNamespace}/{PolicyName}: {Field}: {Reason}; that part is not understood and allows nothing")]
    private static partial void LogPolicyFault(
        ILogger logger, string policyNamespace, string policyName, string field, string reason);
}
