using Microsoft.Extensions.Hosting;

namespace NetPolNic.Agent.Tests.Observability;

/// <summary>An application that never starts or stops by itself.</summary>
internal sealed class FakeLifetime : IHostApplicationLifetime
{
    public CancellationToken ApplicationStarted => CancellationToken.None;

    public CancellationToken ApplicationStopping => CancellationToken.None;

    public CancellationToken ApplicationStopped => CancellationToken.None;

    public void StopApplication()
    {
    }
}
