using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace NetPolNic.TestApiServer;

/// <summary>Answers watches: one stream each, until its time is over or the script ends it.</summary>
internal sealed class WatchHandler(ApiState state)
{
    private const int DefaultTimeoutSeconds = 1800;

    public async Task HandleAsync(
        HttpContext context, ResourceTable table, ResourcePath path, RequestRecord record, int? cut,
        CancellationToken cancellation)
    {
        string from = record.Query.GetValueOrDefault("resourceVersion") ?? "";
        long? version = from is "" or "0" ? 0 : state.Parse(from);
        if (version is null)
        {
            await FailAsync(context, 400, "BadRequest", $"invalid resource version {from}", cancellation).ConfigureAwait(false);
            return;
        }

        (bool isGone, bool asStatus, bool isFuture) = state.Locked(() => (
            version != 0 && version < table.CompactedVersion, state.IsGoneAsStatus, version > state.Version));
        if (isFuture)
        {
            await FailAsync(
                context, 504, "Timeout", $"Too large resource version: {version}, current: {state.Version}", cancellation)
                .ConfigureAwait(false);
            return;
        }

        if (isGone && asStatus)
        {
            await FailAsync(context, 410, "Expired", TooOld(version.Value), cancellation).ConfigureAwait(false);
            return;
        }

        WatchSession session = new(table.Kind);
        context.Response.ContentType = "application/json";
        await context.Response.StartAsync(cancellation).ConfigureAwait(false);
        await context.Response.Body.FlushAsync(cancellation).ConfigureAwait(false);
        ResponseWriter writer = new(context, context.Response.Body, state.Options.ChunkBytes, cut);
        state.Locked(() =>
        {
            state.Watches.Add(session);
            state.StartedWatches[session.Plural] = state.StartedWatches.GetValueOrDefault(session.Plural) + 1;
            return 0;
        });
        try
        {
            if (isGone)
            {
                await writer.WriteAsync(Error(410, "Expired", TooOld(version.Value)), true, cancellation).ConfigureAwait(false);
                return;
            }

            await StreamAsync(new WatchStream(state, table, session, path.Namespace, version.Value), context, writer, record, cancellation)
                .ConfigureAwait(false);
        }
        finally
        {
            state.Locked(() => state.Watches.Remove(session));
        }
    }

    private async Task StreamAsync(
        WatchStream stream, HttpContext context, ResponseWriter writer, RequestRecord record, CancellationToken cancellation)
    {
        int timeoutSeconds = int.TryParse(
            record.Query.GetValueOrDefault("timeoutSeconds"), CultureInfo.InvariantCulture, out int given)
            ? given : DefaultTimeoutSeconds;
        bool allowsBookmarks = record.Query.GetValueOrDefault("allowWatchBookmarks") is "true" or "1";
        TimeProvider time = state.Options.Time;
        using CancellationTokenSource timeout = new(TimeSpan.FromSeconds(timeoutSeconds), time);
        using PeriodicTimer bookmarks = new(TimeSpan.FromMilliseconds(state.Options.BookmarkIntervalMs), time);
        Task<bool> bookmarkDue = bookmarks.WaitForNextTickAsync(cancellation).AsTask();
        Task timedOut = Task.Delay(Timeout.Infinite, timeout.Token);
        while (true)
        {
            (byte[] bytes, WatchEnd? end, Task changed) = stream.Next(allowsBookmarks, bookmarkDue.IsCompleted);
            if (bookmarkDue.IsCompleted)
            {
                bookmarkDue = bookmarks.WaitForNextTickAsync(cancellation).AsTask();
            }

            if (end == WatchEnd.Silent)
            {
                // Silent until the script ends it in another way, or the client gives up.
                await Task.WhenAny(changed, Task.Delay(Timeout.Infinite, cancellation)).ConfigureAwait(false);
                cancellation.ThrowIfCancellationRequested();
                continue;
            }

            if (bytes.Length > 0 && !await writer.WriteAsync(bytes, true, cancellation).ConfigureAwait(false))
            {
                return;
            }

            if (end is not null)
            {
                await EndAsync(end.Value, stream, context, writer, cancellation).ConfigureAwait(false);
                return;
            }

            if (timedOut.IsCompleted)
            {
                return;
            }

            await Task.WhenAny(changed, bookmarkDue, timedOut, Task.Delay(Timeout.Infinite, cancellation))
                .ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private static async Task EndAsync(
        WatchEnd end, WatchStream stream, HttpContext context, ResponseWriter writer, CancellationToken cancellation)
    {
        byte[] last = end switch
        {
            WatchEnd.Gone => Error(410, "Expired", "too old resource version: 1 (2)"),
            WatchEnd.Error => Error(500, "InternalError", "etcdserver: request timed out"),
            WatchEnd.HalfFrame or WatchEnd.HalfFrameReset => stream.HalfFrame(),
            WatchEnd.Garbage => "<html>gateway timeout</html>"u8.ToArray(),
            _ => [],
        };
        await writer.WriteAsync(last, true, cancellation).ConfigureAwait(false);
        if (end is WatchEnd.Reset or WatchEnd.HalfFrameReset)
        {
            context.Abort();
        }
    }

    private static string TooOld(long version) =>
        string.Create(CultureInfo.InvariantCulture, $"too old resource version: {version}");

    private static byte[] Error(int code, string reason, string message) =>
        [.. "{\"type\":\"ERROR\",\"object\":"u8, .. StatusJson.Failure(code, reason, message), .. "}\n"u8];

    private static async Task FailAsync(
        HttpContext context, int code, string reason, string message, CancellationToken cancellation)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(StatusJson.Failure(code, reason, message), cancellation).ConfigureAwait(false);
    }
}
