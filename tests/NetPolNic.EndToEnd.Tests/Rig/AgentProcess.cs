using System.Diagnostics;
using System.Globalization;

namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>A running <c>netpolnic</c>, a process of its own; never outlives the test.</summary>
internal sealed class AgentProcess : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly List<string> _seen = [];

    private AgentProcess(Process process) => _process = process;

    /// <summary>What it wrote so far, as far as somebody waited for it.</summary>
    public string Log => string.Join('\n', _seen);

    /// <summary>Starts the executable that was built beside these tests, in the same configuration.</summary>
    public static AgentProcess Start(params string[] args)
    {
        DirectoryInfo here = new(AppContext.BaseDirectory);
        string executable = Path.Combine(here.Parent!.Parent!.FullName, "NetPolNic.Agent", here.Name, "netpolnic");

        // The shell only merges the streams: exec leaves no process of its own behind.
        ProcessStartInfo start = new("/bin/sh") { RedirectStandardOutput = true };
        foreach (string argument in (string[])["-c", "exec \"$0\" \"$@\" 2>&1 </dev/null", executable, .. args])
        {
            start.ArgumentList.Add(argument);
        }

        return new AgentProcess(
            Process.Start(start) ?? throw new InvalidOperationException($"{executable} did not start"));
    }

    /// <summary>CPUs that each thread may use, as the kernel lists them, with the thread's name before.</summary>
    public IReadOnlyList<string> ThreadCpus() =>
    [
        .. Directory.EnumerateDirectories($"/proc/{_process.Id}/task").Select(task =>
        {
            const string Field = "Cpus_allowed_list:";
            string cpus = File.ReadLines(Path.Combine(task, "status")).First(line => line.StartsWith(Field, StringComparison.Ordinal));
            return $"{File.ReadAllText(Path.Combine(task, "comm")).Trim()} {cpus[Field.Length..].Trim()}";
        }),
    ];

    /// <summary>Waits for a line of the log that contains a text, and returns it.</summary>
    public async Task<string> WaitForAsync(string text)
    {
        using CancellationTokenSource patience = new(s_patience);
        while (await ReadLineAsync(patience.Token) is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"the agent ended without saying '{text}':\n{Log}");
    }

    /// <summary>Sends a signal, reads the rest of the log and returns the exit status.</summary>
    public async Task<int> SignalAsync(string signal)
    {
        using CancellationTokenSource patience = new(s_patience);
        string pid = _process.Id.ToString(CultureInfo.InvariantCulture);
        using Process kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {pid}"]);
        await kill.WaitForExitAsync(patience.Token);
        return await ExitAsync();
    }

    /// <summary>Reads the rest of the log and returns the exit status.</summary>
    public async Task<int> ExitAsync()
    {
        using CancellationTokenSource patience = new(s_patience);
        while (await ReadLineAsync(patience.Token) is not null)
        {
        }

        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private async Task<string?> ReadLineAsync(CancellationToken cancellation)
    {
        try
        {
            string? line = await _process.StandardOutput.ReadLineAsync(cancellation);
            if (line is not null)
            {
                _seen.Add(line);
            }

            return line;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"the agent said nothing more in time:\n{Log}");
        }
    }
}
