using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using k8s;
using k8s.Models;
using NetPolNic.Cluster.Mapping;
using NetPolNic.Cluster.Models;
using NetPolNic.Cluster.Reading;
using NetPolNic.Cluster.Schema;
using NetPolNic.Cluster.Validation;
using NetPolNic.Cluster.Wire;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Store;

/// <summary>
/// Reads policies from JSON with the checks that manifests go through. What is not understood makes that part of the policy
/// fail closed, and is reported (S-d2). One thread.
/// </summary>
/// <param name="api">Version of the policies.</param>
/// <param name="shared">Receives names.</param>
/// <param name="report">Receives the policy ("namespace/name"), the field and the reason of what is not understood.</param>
internal sealed class PolicyReader(PolicyApi api, SharedValues shared, Action<string, string, string> report)
{
    private static readonly FieldPath s_spec = FieldPath.Root.Child("spec");

    private readonly ArrayBufferWriter<byte> _checked = new();

    public PolicyApi Api => api;

    /// <summary>Reads a policy.</summary>
    /// <param name="json">The object.</param>
    /// <param name="find">The known policy of a name; it is returned where nothing has changed.</param>
    /// <param name="resourceVersion">metadata.resourceVersion.</param>
    /// <exception cref="JsonException">This is no object, or one without a name.</exception>
    public PolicyEntry Read(
        ReadOnlySpan<byte> json, Func<ObjectName, PolicyEntry?> find, out string resourceVersion)
    {
        ObjectMetadata metadata = default;
        ReadOnlySpan<byte> spec = "{}"u8;
        string? unknown = null;
        Utf8JsonReader reader = JsonFields.Open(json);
        while (JsonFields.Next(ref reader))
        {
            if (reader.ValueTextEquals("metadata"u8))
            {
                metadata = ObjectMetadata.Read(ref reader, shared);
            }
            else if (reader.ValueTextEquals("spec"u8))
            {
                reader.Read();
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                spec = json[start..(int)reader.BytesConsumed];
            }
            else
            {
                bool isKnown = reader.ValueTextEquals("kind"u8) || reader.ValueTextEquals("apiVersion"u8) ||
                    reader.ValueTextEquals("status"u8);
                unknown = isKnown ? unknown : JsonFields.TextOf(ref reader);
                JsonFields.SkipValue(ref reader);
            }
        }

        resourceVersion = metadata.ResourceVersion ?? "";
        string name = metadata.RequireName("network policy");
        string ns = string.IsNullOrEmpty(metadata.Namespace) ? ObjectNames.DefaultNamespace : metadata.Namespace;
        V1ObjectMeta meta = new() { Name = name, NamespaceProperty = ns, Uid = metadata.Uid };
        byte[] digest = unknown is null
            ? SHA256.HashData(spec)
            : SHA256.HashData([.. spec, .. Encoding.UTF8.GetBytes(unknown)]);
        bool isSame = find(new ObjectName(ns, name)) is { } known && known.Policy.Api == api &&
            known.Policy.Uid == ObjectNames.UidOf(meta) && known.SpecDigest.AsSpan().SequenceEqual(digest);
        return isSame
            ? find(new ObjectName(ns, name))!
            : new PolicyEntry(Map(Encoding.UTF8.GetString(spec), meta, unknown), digest);
    }

    private NetworkPolicy Map(string spec, V1ObjectMeta metadata, string? unknownField)
    {
        List<FieldProblem> problems = [];
        if (unknownField is not null)
        {
            problems.Add(new FieldProblem(s_spec, $"the object has the unknown field {Wording.Quote(unknownField)}"));
        }

        string checkedJson = Check($$"""{"spec":{{spec}}}""", problems);
        NetworkPolicy policy = api == PolicyApi.V1 ? MapV1(checkedJson, metadata, problems) : MapV1Beta1(checkedJson, metadata, problems);
        foreach (FieldProblem problem in problems)
        {
            report($"{policy.Namespace}/{policy.Name}", problem.Path.ToString(), problem.Reason);
        }

        return policy;
    }

    /// <summary>What fits the shape of the kind, as JSON; the rest becomes problems.</summary>
    private string Check(string json, List<FieldProblem> problems)
    {
        ParsedText parsed = JsonReader.Read(json);
        if (parsed.Problems.Count > 0 || parsed.Documents.Count != 1)
        {
            string reason = parsed.Problems.Count > 0 ? parsed.Problems[0].Reason : "no object";
            problems.Add(new FieldProblem(s_spec, reason));
            return "{}";
        }

        List<ShapeProblem> misshapen = [];
        _checked.ResetWrittenCount();
        using (Utf8JsonWriter writer = new(_checked))
        {
            Shape shape = api == PolicyApi.V1 ? Shapes.NetworkPolicy : Shapes.V1Beta1NetworkPolicy;
            new ShapeChecker(writer, misshapen).Check(parsed.Documents[0], shape, FieldPath.Root);
        }

        problems.AddRange(misshapen.Select(problem => problem.Problem));
        return Encoding.UTF8.GetString(_checked.WrittenSpan);
    }

    private static NetworkPolicy MapV1(string json, V1ObjectMeta metadata, List<FieldProblem> problems)
    {
        V1NetworkPolicy typed = KubernetesJson.Deserialize<V1NetworkPolicy>(json);
        typed.Metadata = metadata;
        AddOwn(NetworkPolicyValidator.Validate(typed), problems);
        return NetworkPolicyMapper.Map(typed, new FaultSet(problems));
    }

    private static NetworkPolicy MapV1Beta1(string json, V1ObjectMeta metadata, List<FieldProblem> problems)
    {
        V1Beta1NetworkPolicy typed = KubernetesJson.Deserialize<V1Beta1NetworkPolicy>(json);
        typed.Metadata = metadata;
        AddOwn(V1Beta1NetworkPolicyValidator.Validate(typed), problems);
        return V1Beta1NetworkPolicyMapper.Map(typed, new FaultSet(problems));
    }

    /// <summary>Adds what concerns the spec and is not explained by a problem that is there already.</summary>
    private static void AddOwn(IReadOnlyList<FieldProblem> found, List<FieldProblem> problems)
    {
        FieldProblem[] before = [.. problems];
        problems.AddRange(found.Where(problem => problem.Path.IsWithin(s_spec) && !Array.Exists(
            before, other => other.Path.IsWithin(problem.Path) || problem.Path.IsWithin(other.Path))));
    }
}
