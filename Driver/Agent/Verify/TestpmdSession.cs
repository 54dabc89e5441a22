using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using NetPolNic.Agent.Commands;
using NetPolNic.Agent.Emulation;

namespace NetPolNic.Agent.Verify;

/// <summary>
/// A stock dpdk-testpmd process, driven at its own prompt: one command in, everything up to the next prompt out.
/// On its standard input testpmd shows parse errors, which <c>--cmdline-file</c> hides.
/// </summary>
internal sealed class TestpmdSession : IAsyncDisposable
{
    private const string Prompt = "testpmd> ";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Channel<string> _output = Channel.CreateUnbounded<string>();
    private readonly StringBuilder _pending = new();
    private readonly Task _pumps;
    private readonly string _filePrefix;
    private readonly CancellationToken _interrupt;

    private TestpmdSession(Process process, string filePrefix, CancellationToken interrupt)
    {
        _process = process;
        _filePrefix = filePrefix;
        _interrupt = interrupt;
        _pumps = Task.WhenAll(PumpAsync(process.StandardOutput), PumpAsync(process.StandardError));
    }

    /// <summary>Starts testpmd and waits for its prompt.</summary>
    /// <param name="ealArguments">EAL arguments, e.g. <c>--vdev</c>; without PCI devices and hugepages in any case.</param>
    /// <param name="cancellation">Ends the process.</param>
    /// <exception cref="UnusableInputException">testpmd is missing, or did not come up; with what it said.</exception>
    public static async Task<TestpmdSession> StartAsync(
        IEnumerable<string> ealArguments, CancellationToken cancellation)
    {
        ProcessStartInfo info = new("stdbuf")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string prefix = string.Create(CultureInfo.InvariantCulture, $"npn-verify-{Environment.ProcessId}");
        string[] arguments =
        [
            "-oL", "-eL", "dpdk-testpmd", "--no-pci", "--no-huge", "--no-shconf", "-m", "256", "-l", "0,1",
            $"--file-prefix={prefix}", .. ealArguments,
            "--", "-i", "--total-num-mbufs=4096", "--forward-mode=io", "--no-flush-rx",
        ];
        foreach (string argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        Process process;
        try
        {
            process = StartProcess(info);
        }
        catch (System.ComponentModel.Win32Exception problem)
        {
            throw new UnusableInputException($"cannot start dpdk-testpmd: {problem.Message}", problem);
        }

        TestpmdSession session = new(process, prefix, cancellation);
        try
        {
            await session.ReadToPromptAsync(cancellation).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Sends one command and returns what testpmd answered, without its echo and prompt.</summary>
    public async Task<string> SendAsync(string command, CancellationToken cancellation)
    {
        await _process.StandardInput.WriteAsync($"{command}\n".AsMemory(), cancellation).ConfigureAwait(false);
        await _process.StandardInput.FlushAsync(cancellation).ConfigureAwait(false);
        string answer = await ReadToPromptAsync(cancellation).ConfigureAwait(false);
        return answer.StartsWith(command, StringComparison.Ordinal) ? answer[command.Length..].Trim() : answer.Trim();
    }

    /// <summary>Asks testpmd to quit, and ends it where it does not, or where nobody waits for it any more.</summary>
    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource bound = CancellationTokenSource.CreateLinkedTokenSource(_interrupt);
        bound.CancelAfter(TimeSpan.FromSeconds(15));
        try
        {
            if (!_process.HasExited)
            {
                await _process.StandardInput.WriteAsync("quit\n".AsMemory(), bound.Token).ConfigureAwait(false);
                _process.StandardInput.Close();
                await _process.WaitForExitAsync(bound.Token).ConfigureAwait(false);
            }
        }
        catch (Exception problem) when (problem is OperationCanceledException or IOException)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _pumps.ConfigureAwait(false);
        _process.Dispose();
        EalRuntimeFolder.Remove(_filePrefix);
    }

#pragma warning disable RS0030 // The one place that starts a program: stock testpmd, which the user asked to be run.
    private static Process StartProcess(ProcessStartInfo info) => Process.Start(info)!;
#pragma warning restore RS0030

    private async Task PumpAsync(StreamReader reader)
    {
        char[] buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            await _output.Writer.WriteAsync(new string(buffer, 0, count)).ConfigureAwait(false);
        }
    }

    private async Task<string> ReadToPromptAsync(CancellationToken cancellation)
    {
        using CancellationTokenSource bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(s_patience);
        while (true)
        {
            string text = _pending.ToString();
            int at = text.IndexOf(Prompt, StringComparison.Ordinal);
            if (at >= 0)
            {
                _pending.Remove(0, at + Prompt.Length);
                return text[..at];
            }

            if (_process.HasExited && !_output.Reader.TryPeek(out _))
            {
                throw new UnusableInputException($"dpdk-testpmd ended:\n{LastLines(text)}");
            }

            try
            {
                using CancellationTokenSource tick = CancellationTokenSource.CreateLinkedTokenSource(bound.Token);
                tick.CancelAfter(TimeSpan.FromMilliseconds(500));
                _pending.Append(await _output.Reader.ReadAsync(tick.Token).ConfigureAwait(false));
            }
            catch (OperationCanceledException) when (!bound.IsCancellationRequested)
            {
                // Only the tick ran out: look again whether the process lives.
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw new UnusableInputException(
                    $"dpdk-testpmd did not answer within {s_patience.TotalSeconds} s:\n{LastLines(text)}");
            }
        }
    }

    private static string LastLines(string text) =>
        string.Join('\n', text.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(12));
}
