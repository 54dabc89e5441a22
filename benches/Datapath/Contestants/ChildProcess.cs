using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace NetPolNic.Benches.Datapath.Contestants;

/// <summary>A child process that is asked by lines, can be stopped and continued, and ends with its owner.</summary>
internal sealed partial class ChildProcess : IAsyncDisposable
{
    // Linux, x86-64 and arm64 (signal.h).
    private const int SigCont = 18;
    private const int SigStop = 19;
    private const int SigTerm = 15;

    private const int ErrorLines = 20;

    private readonly Process _process;
    private readonly Queue<string> _errors = new();
    private readonly StringBuilder _pending = new();
    private readonly char[] _buffer = new char[8192];
    private bool _isHeld;

    private ChildProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    /// <summary>Starts a program.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Additions to the environment.</param>
    public static ChildProcess Start(
        string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        ProcessStartInfo info = new(file)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            info.Environment[name] = value;
        }

#pragma warning disable RS0030 // Contestants do not share a process.
        return new ChildProcess(Process.Start(info) ?? throw new InvalidOperationException($"{file} does not start"));
#pragma warning restore RS0030
    }

    /// <summary>Runs a program to its end and returns what it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed, or did not end in time; with what it said.</exception>
    public static async Task<string> RunAsync(
        string file,
        IEnumerable<string> arguments,
        int timeoutSeconds = 60,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        string[] words = [.. arguments];
        ChildProcess child = Start(file, words, environment);
        await using (child.ConfigureAwait(false))
        {
            child._process.StandardInput.Close();
            using CancellationTokenSource patience = new(TimeSpan.FromSeconds(timeoutSeconds));
            try
            {
                string output = await child._process.StandardOutput.ReadToEndAsync(patience.Token).ConfigureAwait(false);
                await child._process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
                return child._process.ExitCode == 0
                    ? output
                    : throw new InvalidOperationException($"{file} {string.Join(' ', words)}: {child.LastWords(output)}");
            }
            catch (OperationCanceledException)
            {
                throw new InvalidOperationException($"{file} {string.Join(' ', words)} did not end in {timeoutSeconds} s");
            }
        }
    }

    /// <summary>Writes a line to its standard input.</summary>
    public async Task SendAsync(string line)
    {
        await _process.StandardInput.WriteAsync($"{line}\n".AsMemory()).ConfigureAwait(false);
        await _process.StandardInput.FlushAsync().ConfigureAwait(false);
    }

    /// <summary>Reads its standard output up to a mark and returns what stands before it.</summary>
    /// <exception cref="InvalidOperationException">It ended, or did not say so in time; with what it said.</exception>
    public async Task<string> ReadToAsync(string mark, int timeoutSeconds = 60)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(timeoutSeconds));
        while (true)
        {
            string text = _pending.ToString();
            int at = text.IndexOf(mark, StringComparison.Ordinal);
            if (at >= 0)
            {
                _pending.Remove(0, at + mark.Length);
                return text[..at];
            }

            int count;
            try
            {
                count = await _process.StandardOutput.ReadAsync(_buffer, patience.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                throw new InvalidOperationException($"no answer in {timeoutSeconds} s: {LastWords(text)}");
            }

            if (count == 0)
            {
                throw new InvalidOperationException($"it ended: {LastWords(text)}");
            }

            _pending.Append(_buffer, 0, count);
        }
    }

    /// <summary>Sends a line and reads a line.</summary>
    public async Task<string> AskAsync(string line, int timeoutSeconds = 60)
    {
        await SendAsync(line).ConfigureAwait(false);
        return await ReadToAsync("\n", timeoutSeconds).ConfigureAwait(false);
    }

    public void Hold()
    {
        _isHeld = true;
        _ = kill(_process.Id, SigStop);
    }

    public void Resume()
    {
        _isHeld = false;
        _ = kill(_process.Id, SigCont);
    }

    /// <summary>Asks it to end, for programs that read no input.</summary>
    public void Terminate() => _ = kill(_process.Id, SigTerm);

    /// <summary>Closes its input and waits; ends it where that does not help.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isHeld)
        {
            Resume();
        }

        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(5));
        try
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is OperationCanceledException or IOException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int kill(int pid, int signal);

    private void Note(string? line)
    {
        lock (_errors)
        {
            if (line is not null)
            {
                _errors.Enqueue(line);
            }

            if (_errors.Count > ErrorLines)
            {
                _errors.Dequeue();
            }
        }
    }

    private string LastWords(string output)
    {
        lock (_errors)
        {
            return string.Join('\n', output.Split('\n').TakeLast(ErrorLines).Concat(_errors)).Trim();
        }
    }
}
