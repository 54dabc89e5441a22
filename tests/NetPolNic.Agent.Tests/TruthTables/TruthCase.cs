namespace NetPolNic.Agent.Tests.TruthTables;

/// <summary>
/// One case of <c>cases/*.txt</c>: manifests, a matrix to ask for, and the table that the Kubernetes documentation and the
/// rule book demand, written by hand. <c>cases/README.md</c> describes the format.
/// </summary>
internal sealed class TruthCase
{
    private static readonly string[] s_xyz =
        ["x/a", "x/b", "x/c", "y/a", "y/b", "y/c", "z/a", "z/b", "z/c"];

    private readonly List<(string Head, string Body)> _objects = [];
    private string _world = "xyz";
    private string[]? _pods;

    private TruthCase(string name) => Name = name;

    public string Name { get; }

    public string Ports { get; private set; } = "80";

    /// <summary>Addresses outside the cluster, as <c>--external</c> takes them; empty: none.</summary>
    public string[] Externals { get; private set; } = [];

    /// <summary>More arguments of the command line.</summary>
    public string[] Arguments { get; private set; } = [];

    /// <summary>What the warnings on stderr must contain; empty: there must be none.</summary>
    public List<string> Warnings { get; } = [];

    public List<TruthStatement> Statements { get; } = [];

    /// <summary>Connections to ask <c>explain</c> about, for protocols that have no matrix.</summary>
    public List<TruthQuestion> Questions { get; } = [];

    /// <summary>The rows and columns of the matrix, in order.</summary>
    public string[] Endpoints => [.. _pods ?? (_world == "none" ? [] : s_xyz), .. Externals];

    /// <summary>Reads every case of one file.</summary>
    public static IEnumerable<TruthCase> ReadFile(string path)
    {
        TruthCase? current = null;
        foreach (string line in File.ReadLines(path))
        {
            if (line.StartsWith("=== ", StringComparison.Ordinal))
            {
                if (current is not null)
                {
                    yield return current;
                }

                current = new TruthCase(line[4..].Trim());
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                (current ?? throw new FormatException($"{path}: '{line}' stands before the first case")).Take(line);
            }
        }

        if (current is not null)
        {
            yield return current;
        }
    }

    /// <summary>The manifests: the world's pods, the three namespaces unless the case writes them, the case's objects.</summary>
    public string Manifests(string folder)
    {
        List<string> documents = [.. _objects.Select(item => TruthManifest.Expand(item.Head, item.Body))];
        if (_world != "none")
        {
            documents.Add(File.ReadAllText(Path.Combine(folder, "worlds", $"{_world}.yaml")));
            documents.AddRange(new[] { "x", "y", "z" }
                .Where(ns => !_objects.Exists(item => item.Head == $"namespace {ns}"))
                .Select(ns => TruthManifest.Expand($"namespace {ns}", $"{{labels: {{ns: {ns}}}}}")));
        }

        return string.Join("\n---\n", documents) + "\n";
    }

    private void Take(string line)
    {
        if (line[0] == ' ')
        {
            (string head, string body) = _objects[^1];
            _objects[^1] = (head, $"{body}\n{line}");
            return;
        }

        string word = line.Split(' ', ':')[0];
        string rest = line[word.Length..].TrimStart(':').Trim();
        switch (word)
        {
            case "world":
                _world = rest;
                break;
            case "pods":
                _pods = Words(rest);
                break;
            case "ports":
                Ports = rest;
                break;
            case "external":
                Externals = Words(rest);
                break;
            case "args":
                Arguments = Words(rest);
                break;
            case "warning":
                Warnings.Add(rest);
                break;
            case "allow" or "deny":
                Statements.Add(TruthStatement.Parse(line));
                break;
            case "allows" or "denies":
                Questions.Add(TruthQuestion.Parse(line));
                break;
            default:
                int colon = line.IndexOf(": ", StringComparison.Ordinal);
                _objects.Add((line[..colon], line[(colon + 2)..]));
                break;
        }
    }

    private static string[] Words(string text) =>
        text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
}
