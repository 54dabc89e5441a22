using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace NetPolNic.TestApiServer;

/// <summary>Answers requests: faults first, then what a kube-apiserver would.</summary>
internal sealed class RequestHandler(ApiState state)
{
    private const string Json = "application/json";

    private readonly WatchHandler _watches = new(state);
    private readonly ListHandler _lists = new(state);

    public async Task HandleAsync(HttpContext context, Func<RequestRecord, Task>? before)
    {
        ResourcePath? path = ResourcePath.Parse(context.Request.Path.Value ?? "");
        RequestRecord record = Describe(context.Request, path);
        state.Locked(() =>
        {
            state.Requests.Add(record);
            return 0;
        });
        if (before is not null)
        {
            await before(record).ConfigureAwait(false);
        }

        (Fault? fault, string? token) = state.Locked(() => (TakeFault(record), state.RequiredToken));
        fault ??= token is not null && record.Token != token ? Fault.Unauthorized : null;
        using CancellationTokenSource end =
            CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, state.Stopping);
        try
        {
            if (fault is null or { StatusCode: 200 })
            {
                await AnswerAsync(context, path, record, fault?.BodyBytes, end.Token).ConfigureAwait(false);
            }
            else
            {
                await FailAsync(context, fault, end.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The client or the test has gone away.
            context.Abort();
        }
    }

    private static RequestRecord Describe(HttpRequest request, ResourcePath? path)
    {
        Dictionary<string, string> query = request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
        bool isWatch = query.GetValueOrDefault("watch") is "true" or "1";
        string verb = request.Method switch
        {
            "POST" => "create",
            "GET" when path is null => "discover",
            "GET" when path.Name.Length > 0 => "get",
            "GET" => isWatch ? "watch" : "list",
            _ => "other",
        };
        string authorization = request.Headers.Authorization.ToString();
        return new RequestRecord(
            verb,
            path?.Plural ?? "",
            request.Path + request.QueryString,
            query,
            authorization.StartsWith("Bearer ", StringComparison.Ordinal) ? authorization["Bearer ".Length..] : "",
            request.Headers.Accept.ToString(),
            request.Protocol);
    }

    private Fault? TakeFault(RequestRecord record)
    {
        foreach (ScriptedFault scripted in state.Faults)
        {
            if (scripted.TryTake(record.Plural, record.Verb) is { } fault)
            {
                state.Faults.RemoveAll(other => other.IsSpent);
                return fault;
            }
        }

        return null;
    }

    private static async Task FailAsync(HttpContext context, Fault fault, CancellationToken cancellation)
    {
        if (fault == Fault.Hang)
        {
            await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(false);
        }
        else if (fault.StatusCode == 0)
        {
            context.Abort();
        }
        else
        {
            if (fault.RetryAfterSeconds is { } seconds)
            {
                context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
            }

            await WriteAsync(
                context, fault.StatusCode, StatusJson.Failure(fault.StatusCode, fault.Reason, fault.Message), cancellation)
                .ConfigureAwait(false);
        }
    }

    private async Task AnswerAsync(
        HttpContext context, ResourcePath? path, RequestRecord record, int? cut, CancellationToken cancellation)
    {
        if (context.Request.Path == "/openapi/v2" && record.Accept.Contains("proto", StringComparison.Ordinal))
        {
            // An empty description: kubectl then does not know the kinds and leaves checking to the server.
            context.Response.ContentType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
            return;
        }

        if (path is null)
        {
            byte[]? document = Discovery.Find(context.Request.Path.Value ?? "", state.Kinds);
            await (document is null
                ? NotFoundAsync(context, cancellation)
                : WriteAsync(context, StatusCodes.Status200OK, document, cancellation)).ConfigureAwait(false);
            return;
        }

        if (record.Verb == "create" && path.Plural == "events")
        {
            await RecordEventAsync(context, cancellation).ConfigureAwait(false);
            return;
        }

        ResourceTable? table = state.Locked(() => state.FindTable(path.ApiVersion, path.Plural));
        if (table is null || record.Verb is "create" or "other")
        {
            await NotFoundAsync(context, cancellation).ConfigureAwait(false);
        }
        else if (record.Verb == "get")
        {
            string key = table.Kind.IsNamespaced ? $"{path.Namespace}/{path.Name}" : path.Name;
            byte[]? found = state.Locked(() => table.Find(key) is { } item ? table.Whole(item) : null);
            await (found is null
                ? NotFoundAsync(context, cancellation)
                : WriteAsync(context, StatusCodes.Status200OK, found, cancellation)).ConfigureAwait(false);
        }
        else if (record.Verb == "watch")
        {
            await _watches.HandleAsync(context, table, path, record, cut, cancellation).ConfigureAwait(false);
        }
        else
        {
            (int status, byte[] body) = _lists.List(table, path, record);
            await WriteListAsync(context, status, body, cut, cancellation).ConfigureAwait(false);
        }
    }

    private async Task WriteListAsync(
        HttpContext context, int status, byte[] body, int? cut, CancellationToken cancellation)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = Json;
        bool isCompressed = body.Length >= state.Options.GzipFromBytes &&
            context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.Ordinal);
        Stream stream = context.Response.Body;
        if (isCompressed)
        {
            context.Response.Headers.ContentEncoding = "gzip";
            stream = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
        }

        ResponseWriter writer = new(context, stream, state.Options.ChunkBytes, cut);
        bool isWhole = await writer.WriteAsync(body, flush: false, cancellation).ConfigureAwait(false);
        if (isCompressed && isWhole)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task RecordEventAsync(HttpContext context, CancellationToken cancellation)
    {
        using StreamReader reader = new(context.Request.Body, Encoding.UTF8);
        string text = await reader.ReadToEndAsync(cancellation).ConfigureAwait(false);
        if (JsonNode.Parse(text) is not JsonObject posted)
        {
            await WriteAsync(
                context, 400, StatusJson.Failure(400, "BadRequest", "not an object"), cancellation).ConfigureAwait(false);
            return;
        }

        state.Locked(() =>
        {
            state.PostedEvents.Add(posted);
            return 0;
        });
        await WriteAsync(context, StatusCodes.Status201Created, JsonSerializer.SerializeToUtf8Bytes(posted), cancellation)
            .ConfigureAwait(false);
    }

    private static Task NotFoundAsync(HttpContext context, CancellationToken cancellation) => WriteAsync(
        context,
        StatusCodes.Status404NotFound,
        StatusJson.Failure(404, "NotFound", "the server could not find the requested resource"),
        cancellation);

    private static async Task WriteAsync(HttpContext context, int status, byte[] body, CancellationToken cancellation)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = Json;
        await context.Response.Body.WriteAsync(body, cancellation).ConfigureAwait(false);
    }
}
