using System.Diagnostics;
using System.Text.Json.Nodes;

namespace NetPolNic.Benches.ControlPlane;

/// <summary>The API server of a measurement: this program again, in a process of its own.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;
    private readonly string _address;

    private ServerProcess(Process process, string address)
    {
        _process = process;
        _address = address;
    }

    public static async Task<ServerProcess> StartAsync(ControlPlaneOptions options)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (string argument in options.ClusterWords().Prepend(ApiServerCommand.Name))
        {
            start.ArgumentList.Add(argument);
        }

#pragma warning disable RS0030 // The measured process must not carry the server's work.
        Process process = Process.Start(start) ?? throw new InvalidOperationException("the API server does not start");
#pragma warning restore RS0030
        string? address = await process.StandardOutput.ReadLineAsync().ConfigureAwait(false);
        return new ServerProcess(process, address ?? throw new InvalidOperationException("the API server ended"));
    }

    public string Kubeconfig() => new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Config",
        ["current-context"] = "bench",
        ["clusters"] = new JsonArray(
            new JsonObject { ["name"] = "bench", ["cluster"] = new JsonObject { ["server"] = _address.TrimEnd('/') } }),
        ["users"] = new JsonArray(new JsonObject { ["name"] = "bench", ["user"] = new JsonObject { ["token"] = "bench" } }),
        ["contexts"] = new JsonArray(new JsonObject
        {
            ["name"] = "bench",
            ["context"] = new JsonObject { ["cluster"] = "bench", ["user"] = "bench" },
        }),
    }.ToJsonString();

    /// <summary>Has the server do something; completes when it is done.</summary>
    public async Task CommandAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line).ConfigureAwait(false);
        await _process.StandardInput.FlushAsync().ConfigureAwait(false);
        _ = await _process.StandardOutput.ReadLineAsync().ConfigureAwait(false)
            ?? throw new InvalidOperationException("the API server ended");
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(10_000))
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
