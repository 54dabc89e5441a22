using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace NetPolNic.VmGuest;

/// <summary>A program with its output kept in a file as well as here, so that it can be waited for.</summary>
internal sealed class Child : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(900);

    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly StreamWriter _log;
    private readonly SemaphoreSlim _news = new(0);

    public Child(string log, string program, params string[] arguments)
    {
        _log = new StreamWriter(log) { AutoFlush = true };
        ProcessStartInfo info = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(info) ?? throw new InvalidOperationException($"{program} did not start");
        _process.OutputDataReceived += Take;
        _process.ErrorDataReceived += Take;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public StreamWriter Input => _process.StandardInput;

    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    /// <summary>Runs a program to its end and keeps what it says.</summary>
    public static void Run(string log, string program, params string[] arguments)
    {
        using Child child = new(log, program, arguments);
        child._process.WaitForExit();
        if (child._process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {child.Said}");
        }
    }

    /// <summary>Whether it has said something.</summary>
    public bool HasSaid(string text) => Said.Contains(text, StringComparison.Ordinal);

    /// <summary>Waits until it has said something.</summary>
    public void WaitFor(string text) => WaitFor(() => HasSaid(text), $"'{text}'");

    /// <summary>Waits for more whole lines than it has said by now.</summary>
    public void WaitForMore(int lines)
    {
        int wanted = Said.Count(c => c == '\n') + lines;
        WaitFor(() => Said.Count(c => c == '\n') >= wanted, "more");
    }

    /// <summary>Asks it to end, and waits for that.</summary>
    public int Terminate()
    {
        string id = _process.Id.ToString(CultureInfo.InvariantCulture);
        using Process kill = Process.Start("/bin/sh", ["-c", $"kill -TERM {id}"]);
        kill.WaitForExit();
        return WaitForExit();
    }

    /// <summary>Waits for its end; one that does not come is brought about.</summary>
    public int WaitForExit()
    {
        if (!_process.WaitForExit(TimeSpan.FromSeconds(60)))
        {
            _process.Kill();
        }

        _process.WaitForExit();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.WaitForExit();
        _process.Dispose();
        _log.Dispose();
        _news.Dispose();
    }

    private void WaitFor(Func<bool> condition, string what)
    {
        Stopwatch clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed > s_patience || (_process.HasExited && !_news.Wait(TimeSpan.FromSeconds(2)) && !condition()))
            {
                throw new TimeoutException($"{_process.StartInfo.FileName} did not say {what}; it said:\n{Said}");
            }

            _news.Wait(TimeSpan.FromMilliseconds(200));
        }
    }

    private void Take(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not null)
        {
            lock (_said)
            {
                _said.Append(line.Data).Append('\n');
                _log.WriteLine(line.Data);
            }

            _news.Release();
        }
    }
}
