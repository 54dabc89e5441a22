namespace NetPolNic.Agent.Tests.TruthTables;

/// <summary>Writes out the short forms of objects in the case files as whole manifests.</summary>
internal static class TruthManifest
{
    /// <summary>
    /// <c>v1 x/name: SPEC</c>, <c>v1beta1 x/name: SPEC</c>, <c>namespace x: METADATA</c> or <c>object: WHOLE OBJECT</c>,
    /// each followed by YAML in flow style.
    /// </summary>
    public static string Expand(string head, string body)
    {
        string[] words = head.Split(' ');
        return words[0] switch
        {
            "v1" => Policy("networking.k8s.io/v1", words[1], body),
            "v1beta1" => Policy("extensions/v1beta1", words[1], body),
            "namespace" => $"{{apiVersion: v1, kind: Namespace, metadata: {WithName(body, words[1])}}}",
            "object" => body,
            _ => throw new FormatException($"'{head}' starts neither an object nor a field of a case"),
        };
    }

    private static string Policy(string apiVersion, string qualified, string spec)
    {
        string[] parts = qualified.Split('/');
        return $"{{apiVersion: {apiVersion}, kind: NetworkPolicy, " +
            $"metadata: {{namespace: {parts[0]}, name: {parts[1]}}}, spec: {spec}}}";
    }

    private static string WithName(string metadata, string name) =>
        metadata.Trim() == "{}" ? $"{{name: {name}}}" : $"{{name: {name}, {metadata.Trim()[1..]}";
}
