using System.Collections.Immutable;
using System.Text.Json;
using NetPolNic.Cluster.Wire;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Store;

/// <summary>Reads what policy needs of a v1 Namespace straight from its JSON. One thread.</summary>
internal sealed class NamespaceReader(SharedValues shared)
{
    /// <exception cref="JsonException">This is no object, or one without a name.</exception>
    public Namespace Read(ReadOnlySpan<byte> json, out string resourceVersion)
    {
        ObjectMetadata metadata = default;
        Utf8JsonReader reader = JsonFields.Open(json);
        while (JsonFields.Next(ref reader))
        {
            if (reader.ValueTextEquals("metadata"u8))
            {
                metadata = ObjectMetadata.Read(ref reader, shared);
            }
            else
            {
                JsonFields.SkipValue(ref reader);
            }
        }

        resourceVersion = metadata.ResourceVersion ?? "";
        return new Namespace(
            metadata.RequireName("namespace"),
            metadata.Labels ?? ImmutableSortedDictionary<string, string>.Empty,
            metadata.IsolationAnnotation);
    }
}
