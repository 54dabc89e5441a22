using System.Text.Json;
using System.Text.Json.Nodes;

namespace NetPolNic.TestApiServer;

/// <summary>What the server says about itself: enough for our client and for kubectl.</summary>
internal static class Discovery
{
    private static readonly string[] s_allVerbs = ["create", "delete", "get", "list", "patch", "update", "watch"];

    private static readonly (string Group, string Plural, string Kind, bool IsNamespaced)[] s_others =
    [
        ("v1", "serviceaccounts", "ServiceAccount", true),
        ("v1", "configmaps", "ConfigMap", true),
        ("v1", "secrets", "Secret", true),
        ("v1", "services", "Service", true),
        ("v1", "events", "Event", true),
        ("v1", "nodes", "Node", false),
        ("apps/v1", "daemonsets", "DaemonSet", true),
        ("apps/v1", "deployments", "Deployment", true),
        ("rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", false),
        ("rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding", false),
        ("rbac.authorization.k8s.io/v1", "roles", "Role", true),
        ("rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding", true),
    ];

    /// <summary>The document at a path, or null.</summary>
    public static byte[]? Find(string path, IReadOnlyList<ResourceKind> kinds)
    {
        (string Version, string Plural, string Kind, bool IsNamespaced)[] all =
            [.. kinds.Select(kind => (kind.ApiVersion, kind.Plural, kind.Kind, kind.IsNamespaced)), .. s_others];
        JsonNode? document = path switch
        {
            "/api" => new JsonObject { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1") },
            "/apis" => Groups(all),
            "/version" => new JsonObject { ["major"] = "1", ["minor"] = "34", ["gitVersion"] = "v1.34.0" },
            "/openapi/v2" => new JsonObject
            {
                ["swagger"] = "2.0",
                ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "v1.34.0" },
                ["paths"] = new JsonObject(),
                ["definitions"] = new JsonObject(),
            },
            "/openapi/v3" => new JsonObject { ["paths"] = new JsonObject() },
            "/healthz" or "/readyz" or "/livez" => JsonValue.Create("ok"),
            _ => Resources(path, all),
        };
        return document is null ? null : JsonSerializer.SerializeToUtf8Bytes(document);
    }

    private static JsonObject Groups((string Version, string, string, bool)[] all)
    {
        JsonArray groups = [];
        foreach (string version in all.Select(entry => entry.Version).Where(version => version != "v1").Distinct())
        {
            JsonObject described() => new() { ["groupVersion"] = version, ["version"] = version.Split('/')[1] };
            groups.Add(new JsonObject
            {
                ["name"] = version.Split('/')[0],
                ["versions"] = new JsonArray(described()),
                ["preferredVersion"] = described(),
            });
        }

        return new JsonObject { ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = groups };
    }

    private static JsonObject? Resources(string path, (string Version, string Plural, string Kind, bool IsNamespaced)[] all)
    {
        string version = path.StartsWith("/apis/", StringComparison.Ordinal) ? path["/apis/".Length..]
            : path.StartsWith("/api/", StringComparison.Ordinal) ? path["/api/".Length..] : "";
        JsonArray resources = [];
        foreach (var entry in all.Where(entry => entry.Version == version))
        {
            resources.Add(new JsonObject
            {
                ["name"] = entry.Plural,
                ["singularName"] = entry.Kind.ToLowerInvariant(),
                ["namespaced"] = entry.IsNamespaced,
                ["kind"] = entry.Kind,
                ["verbs"] = new JsonArray([.. s_allVerbs.Select(verb => (JsonNode)verb)]),
            });
        }

        return resources.Count == 0
            ? null
            : new JsonObject
            {
                ["kind"] = "APIResourceList",
                ["apiVersion"] = "v1",
                ["groupVersion"] = version,
                ["resources"] = resources,
            };
    }
}
