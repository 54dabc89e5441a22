using System.Text.Json;

namespace NetPolNic.Cluster.Wire;

/// <summary>The metadata of a list.</summary>
/// <param name="ResourceVersion">Where a watch goes on.</param>
/// <param name="Continue">Where the next page begins, or empty.</param>
internal readonly record struct ListMetadata(string ResourceVersion, string Continue);

/// <summary>Handles the JSON of one item; the bytes are gone afterwards.</summary>
internal delegate void ItemHandler(ReadOnlySpan<byte> item);

/// <summary>Reads the answer to a list item by item, without holding it as a whole.</summary>
internal static class ListEnvelope
{
    /// <summary>Reads a list to its end.</summary>
    /// <exception cref="JsonException">This is no list.</exception>
    /// <exception cref="IOException">It ends early.</exception>
    public static async Task<ListMetadata> ReadAsync(JsonInput input, ItemHandler onItem, CancellationToken cancellation)
    {
        ListMetadata metadata = new("", "");
        bool hasItems = false;
        await input.ExpectAsync('{', cancellation).ConfigureAwait(false);
        while (!await input.TrySkipAsync('}', cancellation).ConfigureAwait(false))
        {
            _ = await input.TrySkipAsync(',', cancellation).ConfigureAwait(false);
            await ReadValueAsync(input, cancellation).ConfigureAwait(false);
            bool isItems = input.Value.SequenceEqual("\"items\""u8);
            bool isMetadata = input.Value.SequenceEqual("\"metadata\""u8);
            await input.ExpectAsync(':', cancellation).ConfigureAwait(false);
            if (isItems && await input.TrySkipAsync('[', cancellation).ConfigureAwait(false))
            {
                await ReadItemsAsync(input, onItem, cancellation).ConfigureAwait(false);
                hasItems = true;
                continue;
            }

            await ReadValueAsync(input, cancellation).ConfigureAwait(false);
            metadata = isMetadata ? ReadMetadata(input.Value) : metadata;
            hasItems |= isItems && input.Value.SequenceEqual("null"u8);
        }

        // What is no list must not pass for an empty one: that would remove everything.
        return hasItems && metadata.ResourceVersion.Length > 0
            ? metadata
            : throw new JsonException("a list needs metadata.resourceVersion and items");
    }

    private static async ValueTask ReadItemsAsync(JsonInput input, ItemHandler onItem, CancellationToken cancellation)
    {
        while (!await input.TrySkipAsync(']', cancellation).ConfigureAwait(false))
        {
            _ = await input.TrySkipAsync(',', cancellation).ConfigureAwait(false);
            await ReadValueAsync(input, cancellation).ConfigureAwait(false);
            onItem(input.Value);
        }
    }

    private static async ValueTask ReadValueAsync(JsonInput input, CancellationToken cancellation)
    {
        if (!await input.ReadValueAsync(cancellation).ConfigureAwait(false))
        {
            throw new IOException("the list ends early");
        }
    }

    private static ListMetadata ReadMetadata(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = JsonFields.Open(json);
        (string version, string next) = ("", "");
        while (JsonFields.Next(ref reader))
        {
            if (reader.ValueTextEquals("resourceVersion"u8))
            {
                version = JsonFields.ReadString(ref reader) ?? "";
            }
            else if (reader.ValueTextEquals("continue"u8))
            {
                next = JsonFields.ReadString(ref reader) ?? "";
            }
            else
            {
                JsonFields.SkipValue(ref reader);
            }
        }

        return new ListMetadata(version, next);
    }
}
