using System.Text.Json;

namespace NetPolNic.Cluster.Wire;

/// <summary>What policy needs of a Status object, the API server's form of an error.</summary>
internal sealed record StatusBody(int Code, string Reason, string Message, int? RetryAfterSeconds)
{
    /// <summary>Reads a Status; null where this is none.</summary>
    public static StatusBody? TryRead(ReadOnlySpan<byte> json)
    {
        try
        {
            return Read(json);
        }
        catch (JsonException)
        {
            // A proxy in between answers in its own words.
            return null;
        }
    }

    private static StatusBody? Read(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = JsonFields.Open(json);
        (int code, string reason, string message, int? retryAfter, bool isStatus) = (0, "", "", null, false);
        while (JsonFields.Next(ref reader))
        {
            if (reader.ValueTextEquals("kind"u8))
            {
                isStatus = JsonFields.ReadString(ref reader) == "Status";
            }
            else if (reader.ValueTextEquals("code"u8))
            {
                code = JsonFields.ToScalar(ref reader, JsonTokenType.Number) && reader.TryGetInt32(out int read) ? read : 0;
            }
            else if (reader.ValueTextEquals("reason"u8))
            {
                reason = JsonFields.ReadString(ref reader) ?? "";
            }
            else if (reader.ValueTextEquals("message"u8))
            {
                message = JsonFields.ReadString(ref reader) ?? "";
            }
            else if (reader.ValueTextEquals("details"u8) && JsonFields.EnterObject(ref reader))
            {
                retryAfter = ReadRetryAfter(ref reader);
            }
            else if (reader.TokenType == JsonTokenType.PropertyName)
            {
                JsonFields.SkipValue(ref reader);
            }
        }

        return isStatus ? new StatusBody(code, reason, message, retryAfter) : null;
    }

    private static int? ReadRetryAfter(ref Utf8JsonReader reader)
    {
        int? seconds = null;
        while (JsonFields.Next(ref reader))
        {
            if (!reader.ValueTextEquals("retryAfterSeconds"u8))
            {
                JsonFields.SkipValue(ref reader);
            }
            else if (JsonFields.ToScalar(ref reader, JsonTokenType.Number) && reader.TryGetInt32(out int read))
            {
                seconds = read;
            }
        }

        return seconds;
    }
}
