using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace NetPolNic.Agent.Tests.Hosting;

/// <summary>Apart from every other test, those that make meters without saying so too: an exporter sees every meter of the process.</summary>
[CollectionDefinition(TestMeters.Collection, DisableParallelization = true)]
public sealed class ApartFromOtherMeters;

/// <summary>A meter factory of the test's own.</summary>
internal sealed class TestMeters : IDisposable
{
    /// <summary>The collection of the tests that look at meters.</summary>
    public const string Collection = "meters";

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public IMeterFactory Factory => _services.GetRequiredService<IMeterFactory>();

    public void Dispose() => _services.Dispose();
}
