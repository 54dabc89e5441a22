using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using NetPolNic.Cluster.Wire;

namespace NetPolNic.Cluster.Api;

/// <summary>Turns answers that are no success into failures that say what to do.</summary>
internal static class ApiRequests
{
    private const int BodyBytesMax = 64 << 10;
    private const int ShownMax = 200;

    /// <summary>Sends a GET; an answer that is no success becomes an exception.</summary>
    /// <param name="access">For who it is that asks.</param>
    /// <param name="session">The session.</param>
    /// <param name="relativeUri">Path and query.</param>
    /// <param name="action">"list pods": the verb and the resource, for messages.</param>
    /// <param name="time">For dates in Retry-After.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="ApiException">The server refuses.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    public static async Task<HttpResponseMessage> GetAsync(
        ApiAccess access, ApiSession session, string relativeUri, string action, TimeProvider time,
        CancellationToken cancellation)
    {
        HttpResponseMessage response = await ApiAccess.GetAsync(session, relativeUri, cancellation).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.OK)
        {
            return response;
        }

        using (response)
        {
            byte[] body = await ReadBodyAsync(response, cancellation).ConfigureAwait(false);
            StatusBody? status = StatusBody.TryRead(body);
            TimeSpan? retryAfter = RetryAfter(response.Headers.RetryAfter, status, time);
            throw Failure((int)response.StatusCode, status, Text(status, body), access.Who, action, retryAfter);
        }
    }

    /// <summary>The failure that an ERROR event of a watch tells of.</summary>
    public static ApiException FailureOf(ReadOnlySpan<byte> statusJson, string who, string action)
    {
        StatusBody? status = StatusBody.TryRead(statusJson);
        TimeSpan? retryAfter = status?.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        return Failure(status?.Code ?? 0, status, Text(status, statusJson), who, action, retryAfter);
    }

    private static ApiException Failure(
        int code, StatusBody? status, string text, string who, string action, TimeSpan? retryAfter)
    {
        string answer = string.Create(CultureInfo.InvariantCulture, $"{action}: the server answers {code}");
        string said = text.Length == 0 ? "" : $": {text}";
        return code switch
        {
            401 => new ApiException(
                FailureKind.Unauthorized, $"{action}: the server does not accept the credentials of {who}{said}"),
            403 => new ApiException(FailureKind.Retry, $"{who} may not {action}{said}", retryAfter),
            404 => new ApiException(FailureKind.NotFound, answer + said, retryAfter),
            410 => new ApiException(FailureKind.Expired, answer + said),

            // A server that was restored from a backup: our resource version is in its future, and may stay there.
            504 when text.Contains("resource version", StringComparison.OrdinalIgnoreCase) =>
                new ApiException(FailureKind.Expired, answer + said, retryAfter),
            _ when status?.Reason is "Expired" or "Gone" => new ApiException(FailureKind.Expired, answer + said),
            _ => new ApiException(FailureKind.Retry, answer + said, retryAfter),
        };
    }

    private static TimeSpan? RetryAfter(RetryConditionHeaderValue? header, StatusBody? status, TimeProvider time)
    {
        TimeSpan? asked = header?.Delta ?? (header?.Date is { } date ? date - time.GetUtcNow() : null);
        return asked ?? (status?.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
    }

    private static async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            Stream stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            byte[] body = new byte[BodyBytesMax];
            int length = await stream.ReadAtLeastAsync(body, body.Length, false, cancellation).ConfigureAwait(false);
            return body[..length];
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // The status says enough.
            return [];
        }
    }

    private static string Text(StatusBody? status, ReadOnlySpan<byte> body)
    {
        string text = (status?.Message ?? Encoding.UTF8.GetString(body)).ReplaceLineEndings(" ").Trim();
        return text.Length > ShownMax ? text[..ShownMax] + "..." : text;
    }
}
