using System.Text.Json;
using NetPolNic.Cluster.Wire;

namespace NetPolNic.Cluster.Api;

/// <summary>Finds out which version of network policies the server has; the newer counts where it has both.</summary>
internal static class PolicyDiscovery
{
    private const int DocumentBytesMax = 4 << 20;

    /// <exception cref="ApiException">It has none, or does not answer.</exception>
    public static async Task<ResourcePlace> FindAsync(
        ApiAccess access, ApiSession session, TimeProvider time, CancellationToken cancellation)
    {
        foreach (ResourcePlace place in (ResourcePlace[])[ResourcePlace.Policies, ResourcePlace.V1Beta1Policies])
        {
            if (await IsServedAsync(access, session, place, time, cancellation).ConfigureAwait(false))
            {
                return place;
            }
        }

        throw new ApiException(
            FailureKind.Retry, "the server has network policies neither of networking.k8s.io/v1 nor of extensions/v1beta1");
    }

    private static async Task<bool> IsServedAsync(
        ApiAccess access, ApiSession session, ResourcePlace place, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            using HttpResponseMessage response = await ApiRequests.GetAsync(
                access, session, place.Root, $"get {place.Root}", time, cancellation).ConfigureAwait(false);
            using MemoryStream document = new();
            Stream body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            await body.CopyToAsync(document, cancellation).ConfigureAwait(false);
            return document.Length <= DocumentBytesMax && Names(document.GetBuffer().AsSpan(0, (int)document.Length), place.Plural);
        }
        catch (ApiException e) when (e.Kind == FailureKind.NotFound)
        {
            return false;
        }
    }

    private static bool Names(ReadOnlySpan<byte> document, string plural)
    {
        Utf8JsonReader reader = JsonFields.Open(document);
        while (JsonFields.Next(ref reader))
        {
            if (!reader.ValueTextEquals("resources"u8))
            {
                JsonFields.SkipValue(ref reader);
                continue;
            }

            if (!JsonFields.EnterList(ref reader))
            {
                continue;
            }

            while (JsonFields.NextItem(ref reader))
            {
                if (NameOf(ref reader) == plural)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static string? NameOf(ref Utf8JsonReader reader)
    {
        string? name = null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        while (JsonFields.Next(ref reader))
        {
            if (reader.ValueTextEquals("name"u8))
            {
                name = JsonFields.ReadString(ref reader);
            }
            else
            {
                JsonFields.SkipValue(ref reader);
            }
        }

        return name;
    }
}
