using NetPolNic.Cluster.Tests.Support;

namespace NetPolNic.Cluster.Tests;

/// <summary>Live reload: a changed folder is picked up, and only when it can be used (I6).</summary>
public sealed class ManifestSourceTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly ManifestSource _source;

    public ManifestSourceTests()
    {
        Write("a.yaml", "one");
        _source = new ManifestSource(_folder.Path, _time);
    }

    [Fact]
    public void Reads_when_first_asked()
    {
        Assert.Null(_source.LastGood);
        Assert.Equal("one", Names(_source.Current));
        Assert.Same(_source.Current, _source.LastGood);
    }

    [Fact]
    public void Finds_nothing_while_nothing_changes()
    {
        ManifestLoad first = _source.Current;

        Assert.Null(Settle());
        Assert.Same(first, _source.Current);
    }

    [Fact]
    public void Picks_up_a_changed_file()
    {
        _ = _source.Current;
        Write("a.yaml", "second");

        Assert.Equal("second", Names(Settle()));
        Assert.Equal("second", Names(_source.Current));
    }

    [Fact]
    public void Picks_up_new_renamed_and_removed_files()
    {
        _ = _source.Current;
        Write("sub/b.yaml", "two");
        Assert.Equal("one two", Names(Settle()));

        File.Move(Path.Combine(_folder.Path, "a.yaml"), Path.Combine(_folder.Path, "z.yaml"));
        Assert.Equal("two one", Names(Settle()));

        File.Delete(Path.Combine(_folder.Path, "z.yaml"));
        Assert.Equal("two", Names(Settle()));
    }

    [Fact]
    public void Picks_up_a_replaced_config_map_of_the_same_length()
    {
        using TempFolder mount = new();
        DateTime time = DateTime.UnixEpoch;
        File.SetLastWriteTimeUtc(mount.Write("..1/p.yaml", Namespace("one")), time);
        File.SetLastWriteTimeUtc(mount.Write("..2/p.yaml", Namespace("two")), time);
        Directory.CreateSymbolicLink(Path.Combine(mount.Path, "..data"), "..1");
        File.CreateSymbolicLink(Path.Combine(mount.Path, "p.yaml"), "..data/p.yaml");
        using ManifestSource source = new(mount.Path, _time);
        Assert.Equal("one", Names(source.Current));

        Directory.CreateSymbolicLink(Path.Combine(mount.Path, "..tmp"), "..2");
        Directory.Delete(Path.Combine(mount.Path, "..data"));
        Directory.Move(Path.Combine(mount.Path, "..tmp"), Path.Combine(mount.Path, "..data"));

        Assert.Equal("two", Names(Settle(source)));
    }

    [Fact]
    public void Waits_until_the_folder_is_quiet()
    {
        _ = _source.Current;
        Write("a.yaml", "half");
        Assert.Equal(PollResult.Settling, _source.Poll(out _));

        _time.Advance(ManifestSource.QuietTimeMs - 1);
        Assert.Equal(PollResult.Settling, _source.Poll(out _));

        Write("a.yaml", "written");
        _time.Advance(1);
        Assert.Equal(PollResult.Settling, _source.Poll(out _));

        _time.Advance(ManifestSource.QuietTimeMs);
        Assert.Equal(PollResult.Changed, _source.Poll(out ManifestLoad? load));
        Assert.Equal("written", Names(load));
    }

    [Fact]
    public void Says_nothing_when_only_times_changed()
    {
        _ = _source.Current;
        File.SetLastWriteTimeUtc(Path.Combine(_folder.Path, "a.yaml"), DateTime.UnixEpoch);

        Assert.Null(Settle());
    }

    [Theory]
    [InlineData("broken: [")]
    [InlineData("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: p\nspec:\n  ingres: []\n")]
    public void Reports_an_invalid_state_and_keeps_the_last_good_one(string text)
    {
        ManifestLoad good = _source.Current;
        string path = _folder.Write("b.yaml", text);

        ManifestLoad? bad = Settle();

        Assert.Null(bad!.State);
        Assert.StartsWith(path, Assert.Single(bad.Problems).ToString(), StringComparison.Ordinal);
        Assert.Same(bad, _source.Current);
        Assert.Same(good, _source.LastGood);

        File.Delete(path);
        Assert.Equal("one", Names(Settle()));
    }

    [Fact]
    public void Keeps_the_last_good_state_when_the_folder_is_emptied_or_removed()
    {
        using TempFolder parent = new();
        string folder = Path.GetDirectoryName(parent.Write("m/a.yaml", Namespace("one")))!;
        using ManifestSource source = new(folder, _time);
        ManifestLoad good = source.Current;

        File.WriteAllText(Path.Combine(folder, "a.yaml"), "");
        Assert.Null(Settle(source)!.State);
        File.Delete(Path.Combine(folder, "a.yaml"));
        Assert.Null(Settle(source)!.State);
        Directory.Delete(folder);
        Assert.Null(Settle(source)!.State);
        Assert.Same(good, source.LastGood);

        parent.Write("m/a.yaml", Namespace("two"));
        Assert.Equal("two", Names(Settle(source)));
    }

    [Fact]
    public void Refreshes_without_waiting()
    {
        _ = _source.Current;
        Write("a.yaml", "two");

        Assert.Equal("two", Names(_source.Refresh()));
        Assert.Null(Settle());
    }

    [Fact]
    public async Task Yields_the_current_load_and_then_every_change()
    {
        using CancellationTokenSource stop = new();
        await using IAsyncEnumerator<ManifestLoad> loads =
            _source.WatchAsync(stop.Token).GetAsyncEnumerator(CancellationToken.None);
        Assert.True(await loads.MoveNextAsync());
        Assert.Equal("one", Names(loads.Current));

        foreach (string name in (string[])["two", "three"])
        {
            Write("a.yaml", name);
            Assert.True(await Next(loads));
            Assert.Equal(name, Names(loads.Current));
        }

        await stop.CancelAsync();
        Assert.False(await Next(loads));
    }

    public void Dispose()
    {
        _source.Dispose();
        _folder.Dispose();
    }

    private static string Namespace(string name) => $"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n";

    private static string Names(ManifestLoad? load) => string.Join(' ', load!.State!.Namespaces.Select(ns => ns.Name));

    private void Write(string file, string ns) => _folder.Write(file, Namespace(ns));

    private ManifestLoad? Settle() => Settle(_source);

    /// <summary>Looks, waits for the quiet time, and looks again.</summary>
    private ManifestLoad? Settle(ManifestSource source)
    {
        source.Poll(out ManifestLoad? early);
        Assert.Null(early);
        _time.Advance(ManifestSource.QuietTimeMs);
        source.Poll(out ManifestLoad? load);
        return load;
    }

    /// <summary>Moves the clock until the source has something, as often as it starts a timer.</summary>
    private async Task<bool> Next(IAsyncEnumerator<ManifestLoad> loads)
    {
        Task<bool> next = loads.MoveNextAsync().AsTask();
        while (!next.IsCompleted)
        {
            _time.Advance(ManifestSource.QuietTimeMs);
            await Task.Yield();
        }

        return await next;
    }
}
