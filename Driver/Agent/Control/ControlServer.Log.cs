using Microsoft.Extensions.Logging;

namespace NetPolNic.Agent.Control;

internal sealed partial class ControlServer
{
    [LoggerMessage(1080, LogLevel.Information, "'netpolnic status' is answered on {Path}")]
    private partial void LogListening(string path);

    [LoggerMessage(1081, LogLevel.Error, "No control socket at {Path}: {Problem}; 'netpolnic status' cannot ask this agent")]
    private partial void LogNotListening(string path, string problem);
}
