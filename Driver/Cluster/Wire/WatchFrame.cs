using System.Text.Json;

namespace NetPolNic.Cluster.Wire;

/// <summary>What a watch event says about its object.</summary>
internal enum WatchEventType : byte
{
    Unknown,
    Added,
    Modified,
    Deleted,
    Bookmark,
    Error,
}

/// <summary>One event of a watch: its type and the JSON of its object.</summary>
internal readonly ref struct WatchFrame
{
    private WatchFrame(WatchEventType type, ReadOnlySpan<byte> json)
    {
        Type = type;
        Json = json;
    }

    public WatchEventType Type { get; }

    public ReadOnlySpan<byte> Json { get; }

    /// <exception cref="JsonException">This is no event.</exception>
    public static WatchFrame Read(ReadOnlySpan<byte> frame)
    {
        Utf8JsonReader reader = JsonFields.Open(frame);
        WatchEventType type = WatchEventType.Unknown;
        bool hasType = false;
        ReadOnlySpan<byte> json = default;
        while (JsonFields.Next(ref reader))
        {
            if (reader.ValueTextEquals("type"u8))
            {
                hasType = true;
                type = JsonFields.ReadString(ref reader) switch
                {
                    "ADDED" => WatchEventType.Added,
                    "MODIFIED" => WatchEventType.Modified,
                    "DELETED" => WatchEventType.Deleted,
                    "BOOKMARK" => WatchEventType.Bookmark,
                    "ERROR" => WatchEventType.Error,
                    _ => WatchEventType.Unknown,
                };
            }
            else if (reader.ValueTextEquals("object"u8))
            {
                reader.Read();
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                json = frame[start..(int)reader.BytesConsumed];
            }
            else
            {
                JsonFields.SkipValue(ref reader);
            }
        }

        return hasType && json.Length > 0
            ? new WatchFrame(type, json)
            : throw new JsonException("a watch event needs type and object");
    }
}
