using System.Text.Json;
using System.Text.Json.Nodes;

namespace NetPolNic.TestApiServer;

/// <summary>Status objects as the API server writes them.</summary>
internal static class StatusJson
{
    public static byte[] Failure(int code, string reason, string message, string? continueToken = null, int? retryAfter = null)
    {
        JsonObject metadata = [];
        if (continueToken is not null)
        {
            metadata["continue"] = continueToken;
        }

        JsonObject status = new()
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = metadata,
            ["status"] = "Failure",
            ["message"] = message,
            ["reason"] = reason,
            ["code"] = code,
        };
        if (retryAfter is not null)
        {
            status["details"] = new JsonObject { ["retryAfterSeconds"] = retryAfter };
        }

        return JsonSerializer.SerializeToUtf8Bytes(status);
    }
}
