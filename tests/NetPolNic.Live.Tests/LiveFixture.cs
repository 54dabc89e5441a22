using NetPolNic.Agent.Live;

namespace NetPolNic.Live.Tests;

/// <summary>The example's pods with an agent between them; or the reason why this machine cannot have them.</summary>
internal sealed class LiveFixture : IAsyncDisposable
{
    private LiveFixture(LiveRun? run, string? reason)
    {
        _run = run;
        Reason = reason;
    }

    private readonly LiveRun? _run;

    /// <summary>Why there is no run; null: there is one.</summary>
    public string? Reason { get; }

    /// <summary>The run; skips the test where there is none.</summary>
    public LiveRun Run
    {
        get
        {
            Assert.SkipWhen(_run is null, Reason ?? "");
            return _run!;
        }
    }

    public static LiveOptions Options(string ports)
    {
        DirectoryInfo here = new(AppContext.BaseDirectory);
        return new LiveOptions
        {
            Manifests = Examples(),
            Executable = Path.Combine(here.Parent!.Parent!.FullName, "NetPolNic.Agent", here.Name, "netpolnic"),
            Ports = ports,
            Lcore = Environment.ProcessorCount - 1,
        };
    }

    public static async Task<LiveFixture> StartAsync(int mtu, string ports)
    {
        if (NoNamespaces() is { } reason)
        {
            return new LiveFixture(null, reason);
        }

        return new LiveFixture(await LiveRun.StartAsync(Options(ports), mtu, TestContext.Current.CancellationToken), null);
    }

    /// <summary>Why no world can be made here, null where one can: what fails after that is a failure.</summary>
    public static string? NoNamespaces()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return "not root";
        }

        try
        {
            using NetNamespace one = new("probe");
            one.Ip("link add probe type veth peer name other");
            return null;
        }
        catch (LiveException problem)
        {
            return problem.Message;
        }
    }

    public ValueTask DisposeAsync() => _run?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static string Examples()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "examples", "live");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException("examples/live");
    }
}
