using NetPolNic.Cluster.Tests.Support;

namespace NetPolNic.Cluster.Tests;

/// <summary>
/// Every manifest of fixtures/refused is refused with exactly the messages of its .expected file (S-d2, I6).
/// </summary>
public sealed class RefusedManifestTests
{
    private const string Good = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: good\n";

    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "fixtures", "refused");

    public static TheoryData<string> Cases => [.. Directory.GetFiles(s_folder)
        .Select(path => Path.GetFileName(path))
        .Where(name => !name.EndsWith(".expected", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Names_file_line_object_field_and_reason(string name)
    {
        string path = Path.Combine(s_folder, name);
        string[] expected = File.ReadAllLines(Path.ChangeExtension(path, ".expected"));

        string[] actual = Manifests.Refused(File.ReadAllText(path), name);

        Assert.Equal(expected, actual);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Leaves_the_last_good_state_in_force(string name)
    {
        using TempFolder folder = new();
        folder.Write("good.yaml", Good);
        using ManifestSource source = new(folder.Path, new ManualTime());
        ManifestLoad good = source.Current;
        Assert.NotNull(good.State);

        File.Delete(Path.Combine(folder.Path, "good.yaml"));
        folder.Write(name, File.ReadAllText(Path.Combine(s_folder, name)));
        ManifestLoad bad = source.Refresh();

        Assert.Null(bad.State);
        Assert.NotEmpty(bad.Problems);
        Assert.Same(good, source.LastGood);
    }

    [Fact]
    public void There_are_enough_of_them() => Assert.True(Cases.Count >= 100);
}
