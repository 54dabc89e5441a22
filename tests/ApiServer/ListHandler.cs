using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace NetPolNic.TestApiServer;

/// <summary>Answers lists, page by page at one version.</summary>
internal sealed class ListHandler(ApiState state)
{
    private const string Expired =
        "The provided continue parameter is too old to display a consistent list result.";

    /// <summary>The status and body of a list.</summary>
    public (int Status, byte[] Body) List(ResourceTable table, ResourcePath path, RequestRecord record)
    {
        int limit = int.TryParse(record.Query.GetValueOrDefault("limit"), CultureInfo.InvariantCulture, out int given)
            ? given : 0;
        string continueToken = record.Query.GetValueOrDefault("continue") ?? "";
        StoredObject[]? all;
        long version;
        string after = "";
        lock (table)
        {
            (all, version, after) = state.Locked(() => Select(table, continueToken));
        }

        if (all is null)
        {
            // A client that does not mind holes may go on at the current version with this token.
            string inconsistent = Token(0, after);
            return (410, StatusJson.Failure(410, "Expired", Expired, inconsistent));
        }

        int first = after.Length == 0 ? 0 : FirstAfter(all, after);
        IEnumerable<StoredObject> rest = all.Skip(first);
        if (path.Namespace.Length > 0 && table.Kind.IsNamespaced)
        {
            rest = rest.Where(item => item.Key.StartsWith(path.Namespace + "/", StringComparison.Ordinal));
            limit = 0;
        }

        StoredObject[] page = limit > 0 ? all[first..Math.Min(all.Length, first + limit)] : [.. rest];
        int left = limit > 0 ? all.Length - first - page.Length : 0;
        return (200, Write(table.Kind, page, state.Format(version), left > 0 ? Token(version, page[^1].Key) : "", left));
    }

    private (StoredObject[]? All, long Version, string After) Select(ResourceTable table, string continueToken)
    {
        if (continueToken.Length == 0)
        {
            return (table.Snapshot(state.Version), state.Version, "");
        }

        string[] parts = Encoding.UTF8.GetString(Convert.FromBase64String(continueToken)).Split('\n');
        long version = long.Parse(parts[0], CultureInfo.InvariantCulture);
        return version == 0
            ? (table.Snapshot(state.Version), state.Version, parts[1])
            : (version < table.CompactedVersion ? null : table.FindSnapshot(version), version, parts[1]);
    }

    private static int FirstAfter(StoredObject[] all, string key)
    {
        (int low, int high) = (0, all.Length);
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = string.CompareOrdinal(all[middle].Key, key) <= 0 ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static string Token(long version, string lastKey) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{version}\n{lastKey}")));

    private static byte[] Write(ResourceKind kind, StoredObject[] page, string version, string continueToken, int left)
    {
        ArrayBufferWriter<byte> body = new(1024 + page.Sum(item => item.Json.Length + 1));
        using (Utf8JsonWriter head = new(body, new JsonWriterOptions { SkipValidation = true }))
        {
            head.WriteStartObject();
            head.WriteString("kind", kind.Kind + "List");
            head.WriteString("apiVersion", kind.ApiVersion);
            head.WriteStartObject("metadata");
            head.WriteString("resourceVersion", version);
            if (continueToken.Length > 0)
            {
                head.WriteString("continue", continueToken);
                head.WriteNumber("remainingItemCount", left);
            }

            head.WriteEndObject();
            head.WritePropertyName("items");
        }

        body.Write("["u8);
        for (int i = 0; i < page.Length; i++)
        {
            body.Write(i == 0 ? ""u8 : ","u8);
            body.Write(page[i].Json);
        }

        body.Write("]}\n"u8);
        return body.WrittenSpan.ToArray();
    }
}
