using System.Text;
using System.Text.Json.Nodes;

namespace NetPolNic.TestApiServer;

/// <summary>Where one watch stands, and what it is to send next.</summary>
internal sealed class WatchStream(
    ApiState state, ResourceTable table, WatchSession session, string ns, long fromVersion)
{
    private long _sent = fromVersion;
    private bool _isPrimed;
    private bool _isStarted = fromVersion != 0;

    /// <summary>
    /// What is to be sent now, whether the watch is to end after it, and what to wait for. In one step, so that no change
    /// falls between.
    /// </summary>
    public (byte[] Bytes, WatchEnd? End, Task Changed) Next(bool allowsBookmarks, bool bookmarkDue) => state.Locked(() =>
    {
        using MemoryStream bytes = new();
        if (!_isPrimed && _isStarted && _sent < table.CompactedVersion)
        {
            return ([], WatchEnd.Gone, session.Changed);
        }

        if (session.End != WatchEnd.Silent)
        {
            WriteEvents(bytes);
            bool sends = session.BookmarksDue > 0 || (bookmarkDue && state.SendsBookmarks);
            if (allowsBookmarks && sends)
            {
                bytes.Write(Bookmark());
            }

            session.BookmarksDue = 0;
        }

        return (bytes.ToArray(), session.End, session.Changed);
    });

    /// <summary>The first half of an event that never happened.</summary>
    public byte[] HalfFrame() => Encoding.UTF8.GetBytes(
        $"{{\"type\":\"ADDED\",\"object\":{{\"kind\":\"{table.Kind.Kind}\",\"metadata\":{{\"name\":\"half\",\"uid\":\"ha");

    private void WriteEvents(MemoryStream bytes)
    {
        if (!_isStarted)
        {
            foreach (StoredObject item in table.Objects.Where(IsWanted))
            {
                Write(bytes, "ADDED", item);
            }

            (_sent, _isStarted) = (state.Version, true);
        }

        // The history once, and from then on what the running watch was told: that is not forgotten by a compaction.
        IEnumerable<StoredEvent> history = _isPrimed ? [] : table.After(_sent);
        StoredEvent[] due = [.. history, .. session.Backlog];
        session.Backlog.Clear();
        _isPrimed = true;
        foreach (StoredEvent change in due)
        {
            if (change.Version <= _sent)
            {
                continue;
            }

            _sent = change.Version;
            if (IsWanted(change.Object))
            {
                Write(bytes, change.Type, change.Object);
            }
        }
    }

    private bool IsWanted(StoredObject item) =>
        ns.Length == 0 || item.Key.StartsWith(ns + "/", StringComparison.Ordinal);

    private void Write(MemoryStream bytes, string type, StoredObject item)
    {
        bytes.Write(Encoding.UTF8.GetBytes($"{{\"type\":\"{type}\",\"object\":"));
        bytes.Write(table.Whole(item));
        bytes.Write("}\n"u8);
    }

    private byte[] Bookmark()
    {
        JsonObject bookmark = new()
        {
            ["type"] = "BOOKMARK",
            ["object"] = new JsonObject
            {
                ["kind"] = table.Kind.Kind,
                ["apiVersion"] = table.Kind.ApiVersion,
                ["metadata"] = new JsonObject
                {
                    ["resourceVersion"] = state.Format(state.Version),
                    ["creationTimestamp"] = null,
                },
                ["spec"] = new JsonObject(),
            },
        };
        return Encoding.UTF8.GetBytes(bookmark.ToJsonString() + "\n");
    }
}
