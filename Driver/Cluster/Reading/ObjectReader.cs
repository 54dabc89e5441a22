using System.Buffers;
using System.Text;
using System.Text.Json;
using NetPolNic.Cluster.Mapping;
using NetPolNic.Cluster.Schema;
using NetPolNic.Cluster.Validation;

namespace NetPolNic.Cluster.Reading;

/// <summary>
/// Reads the objects of one file into a load: recognises kinds, unfolds lists, checks, validates, maps.
/// </summary>
internal sealed class ObjectReader(string file, LoadBuilder load)
{
    private const string Unnamed = "(unnamed)";

    /// <summary>Reads a document.</summary>
    public void Read(ManifestNode document)
    {
        load.DocumentCount++;
        Read(document, "", "", "");
    }

    private void Read(ManifestNode node, string listPath, string listVersion, string listKind)
    {
        if (node.Kind != NodeKind.Map)
        {
            Report(node.Line, "", listPath, "must be a Kubernetes object with apiVersion and kind", false);
            return;
        }

        string? apiVersion = ReadTypeField(node, "apiVersion", listPath, listVersion);
        string? kind = ReadTypeField(node, "kind", listPath, listKind);
        if (apiVersion is null || kind is null)
        {
            return;
        }

        if (listKind.Length > 0 && (apiVersion != listVersion || kind != listKind))
        {
            string name = NameOf(node, kind, ObjectKinds.Find(apiVersion, kind)?.IsNamespaced ?? false);
            string reason = $"a list of {listVersion} {listKind} has an item of {apiVersion} {kind}";
            Report(node.Line, name, listPath, reason, false);
        }
        else if (ObjectKinds.Find(apiVersion, kind) is { } known)
        {
            ReadObject(node, known);
        }
        else if (ObjectKinds.ItemKindOfList(apiVersion, kind) is { } itemKind)
        {
            ReadList(node, listPath, itemKind.Length == 0 ? "" : apiVersion, kind, itemKind);
        }
        else if (ObjectKinds.IsUnknownVersion(apiVersion, kind))
        {
            Report(node.LineOf(FieldPath.Root.Child("apiVersion")), NameOf(node, kind, true), "apiVersion",
                $"unknown version {Wording.Quote(apiVersion)} of {kind}", false);
        }
        else if (kind.EndsWith("NetworkPolicy", StringComparison.Ordinal))
        {
            Report(node.Line, NameOf(node, kind, false), "apiVersion",
                $"{Wording.Quote(apiVersion)} is not an API that is read here; the policy is not enforced", true);
        }
    }

    private void ReadList(ManifestNode node, string listPath, string itemVersion, string kind, string itemKind)
    {
        List<ShapeProblem> problems = [];
        _ = CheckShape(node, Shapes.List, problems);
        foreach (ShapeProblem problem in problems)
        {
            int line = problem.Line ?? node.LineOf(problem.Problem.Path);
            Report(line, kind, listPath + problem.Problem.Path, problem.Problem.Reason, false);
        }

        ManifestNode? items = node.Get("items");
        if (items is not null and not { Kind: NodeKind.List or NodeKind.Null })
        {
            Report(node.LineOf(FieldPath.Root.Child("items")), kind, listPath + "items", "must be a list", false);
            return;
        }

        for (int i = 0; i < (items?.Items.Count ?? 0); i++)
        {
            string path = FieldPath.Root.Child("items").Index(i).ToString();
            Read(items!.Items[i], listPath.Length == 0 ? path : $"{listPath}.{path}", itemVersion, itemKind);
        }
    }

    private void ReadObject(ManifestNode node, ObjectKind kind)
    {
        load.ObjectCount++;
        string name = NameOf(node, kind.Kind, kind.IsNamespaced);
        List<ShapeProblem> misshapen = [];
        ReadObject read = kind.Read(CheckShape(node, kind.Shape, misshapen));
        List<(int Line, FieldProblem Problem)> problems =
            [.. misshapen.Select(problem => (problem.Line ?? node.LineOf(problem.Problem.Path), problem.Problem))];

        // What the typed object lacks because it did not have its shape is no second problem.
        problems.AddRange(read.Problems
            .Where(problem => !misshapen.Exists(other => Explains(other, problem)))
            .Select(problem => (node.LineOf(problem.Path), problem)));
        foreach ((int line, FieldProblem problem) in problems.OrderBy(problem => problem.Line))
        {
            Report(line, name, problem.Path.ToString(), problem.Reason, problem.IsWarning);
        }

        if (!name.EndsWith(Unnamed, StringComparison.Ordinal))
        {
            // By its whole name: the one shown may be shortened.
            string identity = NameOf(node, kind.Kind, kind.IsNamespaced, text => text);
            ClaimPlace(node, identity, FieldPath.Root.Child("metadata").Child("name"), name);
        }

        if (!string.IsNullOrEmpty(read.Uid))
        {
            ClaimPlace(node, $"uid {kind.Kind} {read.Uid}", FieldPath.Root.Child("metadata").Child("uid"), name);
        }

        if (problems.TrueForAll(problem => problem.Problem.IsWarning))
        {
            read.AddTo(load);
        }
    }

    private static bool Explains(ShapeProblem misshapen, FieldProblem problem)
    {
        bool isDuplicateKey = misshapen.Line is not null;
        return misshapen.Problem.Path.IsWithin(problem.Path) ||
            (!isDuplicateKey && problem.Path.IsWithin(misshapen.Problem.Path));
    }

    private void ClaimPlace(ManifestNode node, string identity, FieldPath path, string name)
    {
        if (load.Claim(identity, file, node.Line) is { } place)
        {
            string what = path.Name == "uid" ? "an object with this uid" : "the same object";
            Report(node.LineOf(path), name, path.ToString(), $"duplicate: {what} is at {place}", false);
        }
    }

    private static string CheckShape(ManifestNode node, Shape shape, List<ShapeProblem> problems)
    {
        ArrayBufferWriter<byte> json = new();
        using (Utf8JsonWriter writer = new(json))
        {
            new ShapeChecker(writer, problems).Check(node, shape, FieldPath.Root);
        }

        return Encoding.UTF8.GetString(json.WrittenSpan);
    }

    private string? ReadTypeField(ManifestNode node, string field, string listPath, string inherited)
    {
        ManifestNode? value = node.Get(field);
        if (value is { Kind: NodeKind.String, Text.Length: > 0 })
        {
            return value.Text;
        }

        if (value is null or { Kind: NodeKind.Null } && inherited.Length > 0)
        {
            return inherited;
        }

        string path = listPath.Length == 0 ? field : $"{listPath}.{field}";
        bool isMissing = value is null or { Kind: NodeKind.Null } or { Kind: NodeKind.String };
        Report(value?.Line ?? node.Line, "", path, isMissing ? "required" : "must be a string", false);
        return null;
    }

    private static string NameOf(
        ManifestNode node, string kind, bool isNamespaced, Func<string, string>? write = null)
    {
        write ??= Wording.Shorten;
        ManifestNode? metadata = node.Get("metadata");
        string name = metadata?.GetString("name") is { Length: > 0 } given ? write(given) : Unnamed;
        string? ns = metadata?.GetString("namespace");
        ns = string.IsNullOrEmpty(ns) ? ObjectNames.DefaultNamespace : write(ns);
        return isNamespaced ? $"{kind} {ns}/{name}" : $"{kind} {name}";
    }

    private void Report(int line, string name, string field, string reason, bool isWarning) =>
        load.Report(new ManifestProblem(file, line, name, field, reason, isWarning));
}
