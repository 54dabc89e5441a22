using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;

namespace NetPolNic.Agent.Live;

/// <summary>
/// A network namespace without a name, held by a thread and a descriptor of this process: it goes with the process, however
/// that ends, and with it every interface inside. What <see cref="Run{T}"/> does happens inside; a socket made there stays
/// there whatever thread uses it later.
/// </summary>
internal sealed class NetNamespace : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;
    private SafeFileHandle? _handle;

    /// <summary>Makes one.</summary>
    /// <param name="name">For people; also its thread's name.</param>
    /// <exception cref="LiveException">The kernel makes none.</exception>
    public NetNamespace(string name)
    {
        Name = name;
        _thread = new Thread(Serve) { IsBackground = true, Name = $"npn-ns-{name}" };
        _thread.Start();
        try
        {
            Run(() =>
            {
                LinuxNet.EnterNewNamespace();
                _handle = File.OpenHandle("/proc/thread-self/ns/net", share: FileShare.ReadWrite);
                return true;
            });
        }
        catch (Exception problem) when (problem is System.ComponentModel.Win32Exception or IOException or UnauthorizedAccessException)
        {
            Dispose();
            throw new LiveException($"no network namespace can be made: {problem.Message}", problem);
        }
    }

    /// <summary>What it is called in messages.</summary>
    public string Name { get; }

    /// <summary>A path that other processes of root can open while this one holds it.</summary>
    public string Path => string.Create(
        CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{_handle!.DangerousGetHandle()}");

    /// <summary>Runs something short on the thread that is inside, and waits for it.</summary>
    public T Run<T>(Func<T> inside)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                done.SetResult(inside());
            }
            catch (Exception problem)
            {
                done.SetException(problem);
            }
        });
        try
        {
            return done.Task.Wait(s_patience)
                ? done.Task.Result
                : throw new LiveException($"nothing moves in namespace {Name}");
        }
        catch (AggregateException problem)
        {
            ExceptionDispatchInfo.Throw(problem.InnerException!);
            throw;
        }
    }

    /// <summary>Feeds lines to iproute2, inside; all of them or an error.</summary>
    /// <exception cref="LiveException">There is no <c>ip</c>, or it refuses a line.</exception>
    public void Ip(params IEnumerable<string> lines)
    {
        string batch = string.Join('\n', lines) + "\n";
        (int status, string error) = Run(() =>
        {
            try
            {
                using Process ip = Process.Start(new ProcessStartInfo("ip", ["-batch", "-"])
                {
                    RedirectStandardInput = true,
                    RedirectStandardError = true,
                    RedirectStandardOutput = true,
                }) ?? throw new LiveException("ip did not start");
                ip.StandardInput.Write(batch);
                ip.StandardInput.Close();
                string said = ip.StandardError.ReadToEnd();
                ip.WaitForExit();
                return (ip.ExitCode, said);
            }
            catch (System.ComponentModel.Win32Exception problem)
            {
                throw new LiveException("the command 'ip' is needed (package iproute2)", problem);
            }
        });
        if (status != 0)
        {
            throw new LiveException($"ip, in namespace {Name}: {error.Trim().ReplaceLineEndings("; ")}");
        }
    }

    /// <summary>Sets a sysctl of the namespace; one that this kernel lacks is left alone.</summary>
    public void Sysctl(string path, string value) => Run(() =>
    {
        string file = $"/proc/sys/{path}";
        if (File.Exists(file))
        {
            File.WriteAllText(file, value);
        }

        return true;
    });

    public void Dispose()
    {
        if (!_work.IsAddingCompleted)
        {
            _work.CompleteAdding();
            _thread.Join();
            _handle?.Dispose();
            _work.Dispose();
        }
    }

    private void Serve()
    {
        foreach (Action action in _work.GetConsumingEnumerable())
        {
            action();
        }
    }
}
