using NetPolNic.Cluster.Tests.Support;

namespace NetPolNic.Cluster.Tests;

public sealed class ManifestFolderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Reads_all_manifest_files_recursively_in_ordinal_order()
    {
        Write("b.yml", "b");
        Write("a/z.yaml", "az");
        Write("a/deep/er/c.JSON", "unused", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"c"}}""");
        Write("Z.yaml", "upper");
        Write("readme.md", "no", "# no manifest");

        ManifestLoad load = ManifestReader.Read(_folder.Path);

        Assert.Empty(load.Problems);
        Assert.Equal(["upper", "c", "az", "b"], load.State!.Namespaces.Select(ns => ns.Name));
    }

    [Theory]
    [InlineData(".hidden.yaml")]
    [InlineData(".git/config.yaml")]
    [InlineData("#edited.yaml")]
    [InlineData("~$edited.yaml")]
    [InlineData("a.yaml~")]
    [InlineData("a.yaml.swp")]
    [InlineData("a.yaml.bak")]
    [InlineData("..2024_01_01/a.yaml")]
    public void Skips_hidden_and_temporary_files(string name)
    {
        Write("good.yaml", "good");
        Write(name, "unused", "broken: [");

        Assert.Single(ManifestReader.Read(_folder.Path).State!.Namespaces);
    }

    [Fact]
    public void Reads_a_mounted_config_map_once()
    {
        Write("..2024_01_01/policy.yaml", "x");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "..data"), "..2024_01_01");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "policy.yaml"), "..data/policy.yaml");

        ManifestLoad load = ManifestReader.Read(_folder.Path);

        Assert.Empty(load.Problems);
        Assert.Single(load.State!.Namespaces);
    }

    [Fact]
    public void Survives_a_link_to_its_own_folder()
    {
        Write("sub/a.yaml", "a");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "sub", "again"), _folder.Path);

        Assert.Single(ManifestReader.Read(_folder.Path).State!.Namespaces);
    }

    [Fact]
    public void Reads_a_single_file()
    {
        string path = Write("a.yaml", "a");

        Assert.Single(ManifestReader.Read(path).State!.Namespaces);
    }

    [Fact]
    public void Names_both_files_of_a_duplicate()
    {
        string first = Write("a.yaml", "x");
        string second = Write("b.yaml", "x");

        ManifestProblem problem = Assert.Single(ManifestReader.Read(_folder.Path).Problems);

        Assert.Equal(
            $"{second}:4: Namespace x: metadata.name: duplicate: the same object is at {first}:1", problem.ToString());
    }

    [Fact]
    public void Reports_the_problems_of_all_files_at_once()
    {
        string first = Write("a.yaml", "unused", "kind: Pod\n");
        string second = Write("b.yaml", "unused", "broken: [\n");
        Write("c.yaml", "good");

        ManifestLoad load = ManifestReader.Read(_folder.Path);

        Assert.Null(load.State);
        Assert.Equal([first, second], load.Problems.Select(problem => problem.File));
    }

    [Fact]
    public void Refuses_a_folder_that_is_missing() =>
        Refuses(Path.Combine(_folder.Path, "none"), "there is no such folder or file");

    [Fact]
    public void Refuses_a_folder_without_manifests() =>
        Refuses(_folder.Path, "the folder has no *.yaml, *.yml or *.json file");

    [Fact]
    public void Refuses_a_folder_of_empty_files()
    {
        Write("a.yaml", "unused", "# later\n");

        Refuses(_folder.Path, "no Kubernetes object found");
    }

    [Fact]
    public void Refuses_a_broken_link()
    {
        string link = Path.Combine(_folder.Path, "a.yaml");
        File.CreateSymbolicLink(link, "gone.yaml");

        Assert.Equal(
            $"{link}: the link points to gone.yaml, which does not exist",
            Assert.Single(ManifestReader.Read(_folder.Path).Problems).ToString());
    }

    public void Dispose() => _folder.Dispose();

    private static void Refuses(string path, string reason)
    {
        ManifestLoad load = ManifestReader.Read(path);

        Assert.Null(load.State);
        Assert.Equal($"{path}: {reason}", Assert.Single(load.Problems).ToString());
    }

    private string Write(string name, string ns, string? text = null) =>
        _folder.Write(name, text ?? $"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {ns}\n");
}
