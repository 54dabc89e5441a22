using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace NetPolNic.Agent.Tests.Hosting;

/// <summary>A meter factory of the test's own.</summary>
internal sealed class TestMeters : IDisposable
{
    /// <summary>Tests with meters run one after the other: an exporter sees every meter of the process.</summary>
    public const string Collection = "meters";

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public IMeterFactory Factory => _services.GetRequiredService<IMeterFactory>();

    public void Dispose() => _services.Dispose();
}
