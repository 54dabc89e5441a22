using Microsoft.Extensions.Logging;

namespace NetPolNic.Cluster.Tests.Support;

/// <summary>Keeps what is logged.</summary>
public sealed class LogRecorder : ILogger
{
    private readonly List<(LogLevel Level, string Text)> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines.Select(line => line.Text)];
            }
        }
    }

    public IReadOnlyList<string> Of(LogLevel level)
    {
        lock (_lines)
        {
            return [.. _lines.Where(line => line.Level == level).Select(line => line.Text)];
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add((logLevel, exception is null ? formatter(state, exception) : $"{formatter(state, exception)} {exception}"));
        }
    }
}
