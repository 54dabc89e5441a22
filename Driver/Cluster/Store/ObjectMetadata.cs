using System.Collections.Immutable;
using System.Text.Json;
using NetPolNic.Cluster.Mapping;
using NetPolNic.Cluster.Wire;

namespace NetPolNic.Cluster.Store;

/// <summary>What policy needs of an object's metadata; null is missing.</summary>
internal struct ObjectMetadata
{
    public string? Name { get; private set; }

    public string? Namespace { get; private set; }

    public string? Uid { get; private set; }

    public string? ResourceVersion { get; private set; }

    public ImmutableSortedDictionary<string, string>? Labels { get; private set; }

    /// <summary>Value of <see cref="NamespaceMapper.IsolationAnnotation"/>.</summary>
    public string? IsolationAnnotation { get; private set; }

    /// <summary>Reads the value of the field that the reader is at.</summary>
    public static ObjectMetadata Read(ref Utf8JsonReader reader, SharedValues shared)
    {
        ObjectMetadata metadata = default;
        if (!JsonFields.EnterObject(ref reader))
        {
            return metadata;
        }

        while (JsonFields.Next(ref reader))
        {
            if (reader.ValueTextEquals("name"u8))
            {
                metadata.Name = JsonFields.ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("namespace"u8))
            {
                metadata.Namespace = shared.Field(ref reader);
            }
            else if (reader.ValueTextEquals("uid"u8))
            {
                metadata.Uid = JsonFields.ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("resourceVersion"u8))
            {
                metadata.ResourceVersion = JsonFields.ReadString(ref reader);
            }
            else if (reader.ValueTextEquals("labels"u8))
            {
                metadata.Labels = shared.Labels(ref reader);
            }
            else if (reader.ValueTextEquals("annotations"u8))
            {
                metadata.IsolationAnnotation = ReadAnnotation(ref reader);
            }
            else
            {
                JsonFields.SkipValue(ref reader);
            }
        }

        return metadata;
    }

    /// <exception cref="JsonException">There is no name.</exception>
    public readonly string RequireName(string kind) =>
        string.IsNullOrEmpty(Name) ? throw new JsonException($"a {kind} without metadata.name") : Name;

    private static string? ReadAnnotation(ref Utf8JsonReader reader)
    {
        string? value = null;
        if (!JsonFields.EnterObject(ref reader))
        {
            return null;
        }

        while (JsonFields.Next(ref reader))
        {
            if (reader.ValueTextEquals(NamespaceMapper.IsolationAnnotation))
            {
                value = JsonFields.ReadString(ref reader);
            }
            else
            {
                JsonFields.SkipValue(ref reader);
            }
        }

        return value;
    }
}
