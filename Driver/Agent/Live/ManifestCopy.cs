using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using NetPolNic.Cluster;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Live;

/// <summary>A working copy of a folder of manifests, which may be edited and put back; gone with its owner.</summary>
internal sealed partial class ManifestCopy : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netpolnic-live-");
    private readonly Dictionary<string, string> _texts = [];

    /// <summary>Copies every manifest below a folder.</summary>
    public ManifestCopy(string source)
    {
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".yaml" or ".yml" or ".json"))
        {
            string copy = Path.Combine(_folder.FullName, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            _texts[copy] = File.ReadAllText(file);
            File.WriteAllText(copy, _texts[copy]);
        }
    }

    /// <summary>Where the copy is.</summary>
    public string Folder => _folder.FullName;

    /// <summary>
    /// Takes policies out of their files, and isolates the namespace of each, so that what they allowed is denied.
    /// </summary>
    /// <returns>What the manifests say now; null where no file had them.</returns>
    public ClusterState? Withdraw(IEnumerable<RuleOrigin> policies)
    {
        ImmutableHashSet<(string Namespace, string Name)> names =
            [.. policies.Select(policy => (policy.Namespace, policy.Name))];
        bool edited = false;
        foreach ((string file, string text) in _texts)
        {
            string[] documents = Separator().Split(text);
            string[] left = [.. documents.Where(document => !names.Any(name => IsPolicy(document, name)))];
            if (left.Length == documents.Length)
            {
                continue;
            }

            StringBuilder edit = new(string.Join("---\n", left));
            foreach (string ns in names.Select(name => name.Namespace).Distinct())
            {
                edit.Append(
                    $$"""

                    ---
                    apiVersion: networking.k8s.io/v1
                    kind: NetworkPolicy
                    metadata: {name: withdrawn, namespace: {{ns}}}
                    spec: {podSelector: {}, policyTypes: [Ingress]}

                    """);
            }

            Replace(file, edit.ToString());
            edited = true;
        }

        return edited ? ManifestReader.Read(Folder).State : null;
    }

    /// <summary>Undoes every edit.</summary>
    public void PutBack()
    {
        foreach ((string file, string text) in _texts)
        {
            if (File.ReadAllText(file) != text)
            {
                Replace(file, text);
            }
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    // Whoever follows the folder sees the file before or after, never a part of it.
    private static void Replace(string file, string text)
    {
        string next = $"{file}.next";
        File.WriteAllText(next, text);
        File.Move(next, file, overwrite: true);
    }

    private static bool IsPolicy(string document, (string Namespace, string Name) policy) =>
        PolicyKind().IsMatch(document) && HasField(document, "name", policy.Name) &&
        (HasField(document, "namespace", policy.Namespace) ||
            (policy.Namespace == "default" && !HasField(document, "namespace", null)));

    private static bool HasField(string document, string field, string? value) => Regex.IsMatch(
        document,
        $@"^  {field}:[ ]*{(value is null ? "" : $"[\"']?{Regex.Escape(value)}[\"']?[ ]*\r?$")}",
        RegexOptions.Multiline | RegexOptions.CultureInvariant);

    [GeneratedRegex(@"^---[ ]*\r?\n", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Separator();

    [GeneratedRegex(@"^kind:[ ]*[""']?NetworkPolicy[""']?[ ]*\r?$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex PolicyKind();
}
