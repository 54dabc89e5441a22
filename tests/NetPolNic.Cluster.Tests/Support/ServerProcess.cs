using System.Diagnostics;
using System.Globalization;

namespace NetPolNic.Cluster.Tests.Support;

/// <summary>The test API server in a process of its own, so that memory is that of the source alone.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    public static async Task<ServerProcess> StartAsync(int pods)
    {
        string dll = Path.Combine(AppContext.BaseDirectory, "NetPolNic.TestApiServer.dll");
        Process process = Process.Start(new ProcessStartInfo("dotnet", [dll, pods.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        string? line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(5));
        return new ServerProcess(process, new Uri(line ?? throw new InvalidOperationException("the server does not start")));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
