using Microsoft.Extensions.Hosting;

namespace NetPolNic.Agent.Hosting;

/// <summary>The lifetime of a server inside the agent: signals are the agent's, which stops the server itself.</summary>
internal sealed class SilentLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
