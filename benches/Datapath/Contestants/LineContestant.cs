using System.Text.Json;
using NetPolNic.Agent.Emulation;

namespace NetPolNic.Benches.Datapath.Contestants;

/// <summary>A contestant of ours: says "ready", and answers "read" by a line of JSON.</summary>
internal sealed class LineContestant : IContestant
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    private readonly ChildProcess _process;
    private readonly string _filePrefix;

    private LineContestant(ChildProcess process, string filePrefix)
    {
        _process = process;
        _filePrefix = filePrefix;
    }

    public int ProcessId => _process.Id;

    /// <summary>Starts the program and waits until it forwards.</summary>
    public static async Task<LineContestant> StartAsync(string file, IEnumerable<string> arguments, string filePrefix)
    {
        LineContestant contestant = new(ChildProcess.Start(file, arguments), filePrefix);
        try
        {
            await contestant._process.ReadToAsync("ready\n", 120).ConfigureAwait(false);
            return contestant;
        }
        catch
        {
            await contestant.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task<Reading> ReadAsync() => Parse<Reading>(await _process.AskAsync("read").ConfigureAwait(false));

    /// <summary>Asks something else.</summary>
    public async Task<T> AskAsync<T>(string line, int timeoutSeconds = 60) =>
        Parse<T>(await _process.AskAsync(line, timeoutSeconds).ConfigureAwait(false));

    public void Hold() => _process.Hold();

    public void Resume() => _process.Resume();

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync().ConfigureAwait(false);
        EalRuntimeFolder.Remove(_filePrefix);
    }

    private static T Parse<T>(string line) => JsonSerializer.Deserialize<T>(line, s_json)
        ?? throw new InvalidDataException($"not an answer: {line}");
}
