using System.Text;
using CsCheck;
using NetPolNic.Cluster.Reading;

namespace NetPolNic.Cluster.Tests;

/// <summary>
/// No input throws: broken variants of good manifests are either read or refused with a problem (I6).
/// </summary>
public sealed class MutationTests
{
    private static readonly string[] s_insertions =
    [
        "", "\n", "\t", " ", "-", ":", "[", "]", "{", "}", "\"", "'", "&a ", "*a", "<<: ", "!!int ", "---\n", "|\n",
        "%YAML\n",
        "#", "null", "? ", "\\ud800", "\u2028", "\0", "\u00e9", "99999999999999999999", "items:\n- ",
    ];

    private static readonly string[] s_texts =
    [
        .. new[] { "examples", "fixtures" }
            .SelectMany(folder => Directory.GetFiles(
                Path.Combine(AppContext.BaseDirectory, folder), "*.*", SearchOption.AllDirectories))
            .Where(path => !path.EndsWith(".expected", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(File.ReadAllText)
            .Where(text => text.Length < 10_000),
        """{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {}}]}""",
    ];

    [Fact]
    public void Mutated_manifests_never_throw()
    {
        Gen<(int Position, int Length, string Insertion)> edit =
            Gen.Select(Gen.Int[0, 9999], Gen.Int[0, 12], Gen.OneOf(s_insertions.Select(Gen.Const).ToArray()));
        Gen.Select(Gen.Int[0, s_texts.Length - 1].Select(i => s_texts[i]), edit.Array[1, 6]).Sample(
            (text, edits) =>
            {
                StringBuilder mutated = new(text);
                foreach ((int position, int length, string insertion) in edits)
                {
                    int at = position % (mutated.Length + 1);
                    mutated.Remove(at, Math.Min(length, mutated.Length - at)).Insert(at, insertion);
                }

                ManifestLoad load = ManifestReader.ReadStream(new StringReader(mutated.ToString()));
                Assert.Equal(load.State is null, load.Problems.Any(problem => !problem.IsWarning));
                Assert.All(load.Problems, problem => Assert.DoesNotContain('\n', problem.ToString()));
            },
            iter: 4000);
    }

    [Fact]
    public void Random_bytes_never_throw() => Gen.Byte.Array[0, 200].Sample(
        bytes =>
        {
            ManifestText.Parse(bytes, false);
            ManifestText.Parse(bytes, true);
        },
        iter: 3000);
}
