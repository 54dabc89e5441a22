using NetPolNic.Agent.Live;

namespace NetPolNic.Live.Tests;

/// <summary>Nothing is left behind, and nothing of the machine's own is touched.</summary>
public sealed class LiveCleanupTests
{
    [Fact]
    public async Task Interfaces_namespaces_and_folders_are_gone_with_the_run()
    {
        Assert.SkipWhen(LiveFixture.NoNamespaces() is not null, "no namespaces here");
        string[] before = Interfaces();
        LiveRun run = await LiveRun.StartAsync(LiveFixture.Options("pcap"), 1500, TestContext.Current.CancellationToken);
        string folder = run.Manifests.Folder;
        Assert.Equal(before, Interfaces());
        await run.DisposeAsync();

        Assert.Equal(before, Interfaces());
        Assert.False(Directory.Exists(folder));
        Assert.Empty(NamedNamespaces());
    }

    [Fact]
    public void A_world_that_cannot_be_finished_leaves_nothing()
    {
        Assert.SkipWhen(LiveFixture.NoNamespaces() is not null, "no namespaces here");
        LiveOptions wrong = LiveFixture.Options("pcap") with { Executable = "/bin/false" };
        Task<LiveRun> start = LiveRun.StartAsync(wrong, 1500, TestContext.Current.CancellationToken);
        LiveException problem = Assert.Throws<LiveException>(() => start.GetAwaiter().GetResult());
        Assert.Contains("the agent ended", problem.Message, StringComparison.Ordinal);
    }

    private static string[] Interfaces() =>
        [.. Directory.EnumerateFileSystemEntries("/sys/class/net").Order(StringComparer.Ordinal)];

    private static IEnumerable<string> NamedNamespaces() => Directory.Exists("/run/netns")
        ? Directory.EnumerateFiles("/run/netns").Where(name => name.Contains("npn", StringComparison.Ordinal))
        : [];
}
