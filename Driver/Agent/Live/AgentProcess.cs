using System.Diagnostics;
using System.Globalization;

namespace NetPolNic.Agent.Live;

/// <summary>
/// The real agent, <c>netpolnic run</c>, as a process of its own inside a namespace. It dies with this process, whatever
/// ends that.
/// </summary>
internal sealed class AgentProcess : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly List<string> _log = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inForce;
    private bool _ended;

    private AgentProcess(Process process) => _process = process;

    /// <summary>Starts it; returns before its first policy is in force.</summary>
    /// <param name="inside">Whose namespace the agent gets. Its thread is the process's parent, and must live longer.</param>
    /// <param name="executable">Path of netpolnic.</param>
    /// <param name="arguments">After <c>run</c>.</param>
    public static AgentProcess Start(NetNamespace inside, string executable, params IEnumerable<string> arguments)
    {
        // A signal at the parent's death, so that not even a killed demo leaves an agent behind.
        string[] command = File.Exists("/usr/bin/setpriv")
            ? ["/usr/bin/setpriv", "--pdeathsig", "KILL", executable, "run", .. arguments]
            : [executable, "run", .. arguments];
        ProcessStartInfo start = new(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        AgentProcess agent = new(inside.Run(() => Process.Start(start)) ?? throw new LiveException($"{executable} did not start"));
        agent._process.StandardInput.Close();
        agent._process.OutputDataReceived += (_, line) => agent.Take(line.Data);
        agent._process.ErrorDataReceived += (_, line) => agent.Take(line.Data);
        agent._process.EnableRaisingEvents = true;
        agent._process.Exited += (_, _) => agent.End();
        agent._process.BeginOutputReadLine();
        agent._process.BeginErrorReadLine();
        return agent;
    }

    /// <summary>How many policies have come into force so far.</summary>
    public int PoliciesInForce
    {
        get
        {
            lock (_gate)
            {
                return _inForce;
            }
        }
    }

    /// <summary>Its last words.</summary>
    public string LogTail
    {
        get
        {
            lock (_gate)
            {
                return string.Join('\n', _log.TakeLast(12));
            }
        }
    }

    /// <summary>Waits until more policies than <paramref name="count"/> have come into force.</summary>
    /// <exception cref="LiveException">The agent ended, or took too long.</exception>
    public async Task WaitForPolicyAfterAsync(int count, CancellationToken cancellation)
    {
        using CancellationTokenSource bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bound.CancelAfter(s_patience);
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (_inForce > count)
                {
                    return;
                }

                if (_ended)
                {
                    break;
                }

                more = _more.Task;
            }

            try
            {
                await more.WaitAsync(bound.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw new LiveException($"the agent's policy did not come into force in time; it said:\n{LogTail}");
            }
        }

        throw new LiveException($"the agent ended; it said:\n{LogTail}");
    }

    /// <summary>SIGKILL: it cannot tidy up. Returns when it is gone.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_gate)
        {
            _log.Add(line);
            _inForce += line.Contains(" in force: ", StringComparison.Ordinal) ? 1 : 0;
            Tell();
        }
    }

    private void End()
    {
        lock (_gate)
        {
            _log.Add(string.Create(CultureInfo.InvariantCulture, $"(ended with status {_process.ExitCode})"));
            _ended = true;
            Tell();
        }
    }

    private void Tell()
    {
        _more.TrySetResult();
        _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
