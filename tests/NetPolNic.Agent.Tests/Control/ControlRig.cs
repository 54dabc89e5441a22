using Microsoft.Extensions.Logging;
using NetPolNic.Agent.Control;

namespace NetPolNic.Agent.Tests.Control;

/// <summary>A control server on a socket in a folder of its own.</summary>
internal sealed class ControlRig : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("npn-control-");
    private readonly TestLog _log = new();
    private ControlServer? _server;

    public FakeReader Reader { get; } = new();

    /// <summary>In a folder that does not exist yet.</summary>
    public string Socket => Path.Combine(_folder.FullName, "run", "npn.sock");

    public string Log => string.Join('\n', _log.Lines);

    public static async Task<ControlRig> StartAsync(IAgentReader? reader = null)
    {
        ControlRig rig = new();
        await rig.StartServerAsync(reader);
        return rig;
    }

    public async Task StartServerAsync(IAgentReader? reader = null)
    {
        _server = NewServer(reader);
        await _server.StartAsync(CancellationToken.None);
    }

    public ControlServer NewServer(IAgentReader? reader = null) =>
        new(Socket, reader ?? Reader, TimeProvider.System, LoggerFactory.Create(logging => logging.AddProvider(_log)));

    public async Task StopServerAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    public Task<(int Status, string Output, string Error)> RunAsync(string command, params string[] args) =>
        CommandLine.RunAsync([command, .. args, "--socket", Socket]);

    public async ValueTask DisposeAsync()
    {
        await StopServerAsync();
        _folder.Delete(recursive: true);
    }

    private sealed class TestLog : ILoggerProvider, ILogger
    {
        public List<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (Lines)
            {
                Lines.Add($"{logLevel}: {formatter(state, exception)}");
            }
        }

        public void Dispose()
        {
        }
    }
}
