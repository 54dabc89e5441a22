using Microsoft.Extensions.Logging;

namespace NetPolNic.Cluster.Sources;

public sealed partial class ManifestClusterSource
{
    [LoggerMessage(2000, LogLevel.Warning, "{Problem}")]
    private static partial void LogManifestWarning(ILogger logger, string problem);

    [LoggerMessage(2001, LogLevel.Error, "{Problem}")]
    private static partial void LogManifestError(ILogger logger, string problem);

    [LoggerMessage(2002, LogLevel.Error, "The manifests cannot be used; the last good policy stays in force")]
    private static partial void LogKeepingLastGood(ILogger logger);
}
