using System.Text.Json.Nodes;

namespace NetPolNic.Cluster.Tests.Support;

/// <summary>Small objects as an API server stores them.</summary>
internal static class ClusterObjects
{
    public static JsonObject PodJson(
        string name, string app = "web", string ip = "10.0.0.1", string ns = "x", string? uid = null, string phase = "Running",
        string note = "")
    {
        JsonObject pod = Parse(
            """
            {"metadata":{"managedFields":[{"manager":"m","fieldsV1":{"f:labels":{"k:{\"a\\\\\":\"}]":{}}}}]},
             "spec":{"nodeName":"n1","containers":[{"name":"c","args":["}{][\"\\"],
               "ports":[{"name":"http","containerPort":8080,"protocol":"TCP"}]}]},
             "status":{"hostIP":"192.0.2.1"}}
            """);
        JsonObject metadata = (JsonObject)pod["metadata"]!;
        metadata["name"] = name;
        metadata["namespace"] = ns;
        metadata["labels"] = new JsonObject { ["app"] = app };
        metadata["annotations"] = new JsonObject { ["note"] = note };
        if (uid is not null)
        {
            metadata["uid"] = uid;
        }

        JsonObject status = (JsonObject)pod["status"]!;
        status["phase"] = phase;
        status["podIP"] = ip;
        status["podIPs"] = new JsonArray(new JsonObject { ["ip"] = ip });
        return pod;
    }

    public static JsonObject NamespaceJson(string name, string tier = "front") => new()
    {
        ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["tier"] = tier } },
        ["status"] = new JsonObject { ["phase"] = "Active" },
    };

    public static JsonObject PolicyJson(
        string name, string peer = """{"podSelector":{"matchLabels":{"app":"web"}}}""", string ns = "x") => new()
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = ns },
            ["spec"] = new JsonObject
            {
                ["podSelector"] = Parse("""{"matchLabels":{"app":"db"}}"""),
                ["policyTypes"] = new JsonArray("Ingress"),
                ["ingress"] = new JsonArray(new JsonObject { ["from"] = new JsonArray(Parse(peer)) }),
            },
        };

    private static JsonObject Parse(string json) => (JsonObject)JsonNode.Parse(json)!;
}
