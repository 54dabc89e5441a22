using System.Diagnostics;
using System.Globalization;

namespace NetPolNic.Benches.LineRate;

/// <summary>The device under test: a process between the generator's two ports, on one CPU.</summary>
internal sealed class Device : IDisposable
{
    private readonly Process _process;
    private readonly string _log;
    private readonly string? _control;

    private Device(ProcessStartInfo start, string log, string? control)
    {
        _log = log;
        _control = control;
        start.RedirectStandardInput = true;
        _process = Start(start);
    }

    /// <summary>The agent with its fallback on both ports; no NIC takes rules from it.</summary>
    /// <param name="agent">The netpolnic executable.</param>
    /// <param name="folder">For socket and log.</param>
    /// <param name="manifests">Policy to enforce.</param>
    /// <param name="paths">The generator's sockets: uplink, pod.</param>
    /// <param name="cpu">CPU of the loop.</param>
    internal static Device Agent(string agent, string folder, string manifests, string[] paths, int cpu)
    {
        string control = Path.Combine(folder, "control.sock");
        string command = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            exec '{agent}' run -f '{manifests}' --nic mlx5 --lcore {cpu} --memory 256 --metrics-listen none               --control-socket '{control}' --uplink '{Virtio(0, paths)}' --pod-port '{Virtio(1, paths)}'
            """);
        return Shell(command, Path.Combine(folder, "agent.log"), control);
    }

    /// <summary>testpmd that forwards from port to port without looking.</summary>
    internal static Device Testpmd(string folder, string[] paths, int cpu)
    {
        string command = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            exec dpdk-testpmd --no-pci --no-huge -m 256 --file-prefix=npnlr{Environment.ProcessId} --lcores '0@{cpu},1@{cpu}'               --vdev '{Virtio(0, paths)}' --vdev '{Virtio(1, paths)}'               -- -i --auto-start --forward-mode=io --total-num-mbufs=16384 --rxd=1024 --txd=1024
            """);
        return Shell(command, Path.Combine(folder, "testpmd.log"), null);
    }

    /// <summary>Waits until the device forwards.</summary>
    /// <exception cref="InvalidOperationException">It ended, or needs longer than a minute.</exception>
    internal void WaitUntilReady(Generator generator)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!(generator.IsConnected && (_control is null || File.ReadAllText(_log).Contains("Ready:", StringComparison.Ordinal)) &&
            generator.Offer(1000, 64, 0.1) is { Received: > 0 }))
        {
            if (_process.HasExited || watch.Elapsed > TimeSpan.FromMinutes(1))
            {
                throw new InvalidOperationException("the device does not forward:\n" + File.ReadAllText(_log));
            }

            generator.Offer(100, 64, 0.1);
        }
    }

    public void Dispose()
    {
        if (_control is null)
        {
            _process.StandardInput.WriteLine("quit");
            _process.StandardInput.Flush();
        }
        else
        {
            using Process kill = Start(new ProcessStartInfo("kill") { ArgumentList = { "-TERM", _process.Id.ToString(CultureInfo.InvariantCulture) } });
            kill.WaitForExit();
        }

        if (!_process.WaitForExit(15_000))
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static Process Start(ProcessStartInfo start)
    {
#pragma warning disable RS0030 // The device runs on its own, and is ended from here.
        return Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} does not start");
#pragma warning restore RS0030
    }

    private static Device Shell(string command, string log, string? control)
    {
        ProcessStartInfo start = new("/bin/sh");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"{command} > '{log}' 2>&1");
        File.WriteAllText(log, "");
        return new Device(start, log, control);
    }

    private static string Virtio(int i, string[] paths) =>
        string.Create(CultureInfo.InvariantCulture, $"net_virtio_user{i},path={paths[i]},queue_size=1024,queues=1");
}
