using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Emunic.Tests.Support;

/// <summary>
/// A stock dpdk-testpmd with the driver loaded, driven from its own prompt. Every wait has a limit after which the
/// process is killed; so does <see cref="Dispose"/>.
/// </summary>
internal sealed class TestpmdSession : IDisposable
{
    private const string Prompt = "testpmd> ";
    private const int LimitMs = 40_000;
    private const int RetryMs = 1_000;
    private static int s_serial;

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Thread _reader;
    private bool _ended;
    private int _markers;

    /// <param name="vdevs">Virtual devices in order of creation.</param>
    /// <param name="options">testpmd's own options besides the usual ones.</param>
    public TestpmdSession(IEnumerable<string> vdevs, params string[] options)
        : this(vdevs, [], options)
    {
    }

    /// <param name="vdevs">Virtual devices in order of creation.</param>
    /// <param name="ealOptions">Further EAL options.</param>
    /// <param name="options">testpmd's own options besides the usual ones.</param>
    public TestpmdSession(IEnumerable<string> vdevs, string[] ealOptions, string[] options)
    {
        string prefix = string.Create(
            CultureInfo.InvariantCulture, $"emu{Environment.ProcessId}_{Interlocked.Increment(ref s_serial)}");
        ProcessStartInfo start = new("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true };
        List<string> arguments =
        [
            "-c", "exec stdbuf -oL -eL dpdk-testpmd \"$@\" 2>&1", "testpmd",
            "--no-pci", "--no-huge", "-m", "256", $"--file-prefix={prefix}", "-d", Driver.Path, .. ealOptions,
        ];
        foreach (string vdev in vdevs)
        {
            arguments.AddRange(["--vdev", vdev]);
        }

        arguments.AddRange(
            ["--", "-i", "--no-lsc-interrupt", "--no-flush-rx", "--burst=8", "--total-num-mbufs=4096", .. options]);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException("testpmd did not start");
        _reader = new Thread(Read) { IsBackground = true, Name = "testpmd-output" };
        _reader.Start();
        WaitForPrompts(0, 1);
    }

    /// <summary>Everything printed so far.</summary>
    public string Transcript
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Runs the commands and returns what each printed.</summary>
    public IReadOnlyList<string> Run(IReadOnlyList<string> commands)
    {
        int from;
        lock (_output)
        {
            from = _output.Length;
        }

        foreach (string command in commands)
        {
            // testpmd's line buffer has 512 characters.
            Assert.True(command.Length < 500, $"the command is too long: {command}");
            _process.StandardInput.Write(command + "\n");
        }

        _process.StandardInput.Flush();
        string text = WaitForPrompts(from, commands.Count);

        // The prompt stands before the echo of each next command, so the answers lie between the prompts.
        return text.Split(Prompt)[..commands.Count];
    }

    /// <summary>Runs one command and returns what it printed, its echo first.</summary>
    public string Run(string command) => Run([command])[0];

    /// <summary>
    /// Runs a command while the forwarding threads print packets. Echo and prompt come character by character and are torn
    /// by that, so the end is found by a comment that comes back whole, asked for again until it does.
    /// </summary>
    public string RunAmidOutput(string command)
    {
        Stopwatch watch = Stopwatch.StartNew();
        int from;
        lock (_output)
        {
            from = _output.Length;
        }

        _process.StandardInput.Write(command + "\n");
        while (watch.ElapsedMilliseconds < LimitMs)
        {
            string marker = string.Create(CultureInfo.InvariantCulture, $"# sync {++_markers} end");
            _process.StandardInput.Write(marker + "\n");
            _process.StandardInput.Flush();
            lock (_output)
            {
                long limitMs = watch.ElapsedMilliseconds + RetryMs;
                while (!_ended && watch.ElapsedMilliseconds < limitMs)
                {
                    string text = _output.ToString(from, _output.Length - from);
                    int at = text.IndexOf(marker, StringComparison.Ordinal);
                    if (at >= 0 && text.IndexOf(Prompt, at, StringComparison.Ordinal) >= 0)
                    {
                        return text;
                    }

                    Monitor.Wait(_output, (int)Math.Max(1, limitMs - watch.ElapsedMilliseconds));
                }
            }
        }

        _process.Kill(entireProcessTree: true);
        throw new TimeoutException("testpmd does not answer:\n" + Transcript);
    }

    /// <summary>One of the extended statistics of a port.</summary>
    public long ReadXstat(int ethPort, string name)
    {
        string text = RunAmidOutput($"show port xstats {ethPort}");
        string? line = text.Split('\n').FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.Ordinal));
        return line is null ? -1 : long.Parse(line[(name.Length + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until a port has seen so many packets.</summary>
    public void WaitForPackets(int ethPort, long count)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (ReadXstat(ethPort, "emunic_rx_total") < count)
        {
            Assert.True(watch.ElapsedMilliseconds < LimitMs, $"packets are missing on port {ethPort}\n{Transcript}");
        }
    }

    /// <summary>Ends testpmd in the orderly way: capture files are complete afterwards.</summary>
    public void Quit()
    {
        _process.StandardInput.Write("quit\n");
        _process.StandardInput.Flush();
        if (!_process.WaitForExit(LimitMs))
        {
            throw new TimeoutException("testpmd does not quit\n" + Transcript);
        }

        _reader.Join();
        Assert.True(_process.ExitCode == 0, $"testpmd ended with {_process.ExitCode}\n{Transcript}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(LimitMs);
        }

        _reader.Join(LimitMs);
        _process.Dispose();
    }

    private void Read()
    {
        char[] buffer = new char[4096];
        int n;
        while ((n = _process.StandardOutput.Read(buffer)) > 0)
        {
            lock (_output)
            {
                _output.Append(buffer, 0, n);
                Monitor.PulseAll(_output);
            }
        }

        lock (_output)
        {
            _ended = true;
            Monitor.PulseAll(_output);
        }
    }

    private string WaitForPrompts(int from, int count)
    {
        Stopwatch watch = Stopwatch.StartNew();
        lock (_output)
        {
            while (true)
            {
                string text = _output.ToString(from, _output.Length - from);
                if (text.Split(Prompt).Length > count)
                {
                    return text;
                }

                long leftMs = LimitMs - watch.ElapsedMilliseconds;
                if (_ended || leftMs <= 0)
                {
                    _process.Kill(entireProcessTree: true);
                    throw new InvalidOperationException(
                        (_ended ? "testpmd ended:\n" : "testpmd does not answer:\n") + _output);
                }

                Monitor.Wait(_output, (int)leftMs);
            }
        }
    }
}
