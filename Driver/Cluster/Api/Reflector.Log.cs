using Microsoft.Extensions.Logging;

namespace NetPolNic.Cluster.Api;

internal sealed partial class Reflector
{
    [LoggerMessage(2010, LogLevel.Information, "All {Kind} listed: {Objects} at resource version {ResourceVersion}")]
    private static partial void LogListed(ILogger logger, string kind, int objects, string resourceVersion);

    [LoggerMessage(2011, LogLevel.Warning,
        "Following {Kind} failed; the last good state stays in force, next try in {WaitS:0.0} s: {Problem}")]
    private static partial void LogFailed(ILogger logger, string kind, string problem, double waitS);

    [LoggerMessage(2012, LogLevel.Debug, "Following {Kind} failed again, next try in {WaitS:0.0} s: {Problem}")]
    private static partial void LogFailedAgain(ILogger logger, string kind, string problem, double waitS);

    [LoggerMessage(2013, LogLevel.Information, "The {Kind} are listed anew in {WaitS:0.0} s: {Problem}")]
    private static partial void LogExpired(ILogger logger, string kind, string problem, double waitS);

    [LoggerMessage(2014, LogLevel.Warning, "The credentials were refused for {Kind} and have been read again")]
    private static partial void LogReloaded(ILogger logger, string kind);

    [LoggerMessage(2015, LogLevel.Error, "Following {Kind} failed in a way that is our defect; it goes on")]
    private static partial void LogUnexpected(ILogger logger, string kind, Exception exception);
}
