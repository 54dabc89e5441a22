using System.Collections.Immutable;
using System.Text.Json;

namespace NetPolNic.Offload.Capabilities;

/// <summary>
/// Reads a capability profile (JSON). Unknown properties are errors: a typo may not widen a profile silently.
/// </summary>
internal static class ProfileReader
{
    private static readonly string[] s_properties =
    [
        "name", "description", "items", "fields", "actions", "priorities", "groups", "tableSize", "l4OnFragments",
        "ipv6Extensions",
    ];

    /// <summary>Reads one profile.</summary>
    /// <exception cref="FormatException">The text is no profile; the message says where.</exception>
    internal static NicCapabilities Read(Stream json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new FormatException($"not a NIC profile: {e.Message}", e);
        }
    }

    private static NicCapabilities Read(JsonElement root)
    {
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (!s_properties.Contains(property.Name))
            {
                throw new FormatException($"unknown property '{property.Name}' in a NIC profile");
            }
        }

        JsonElement priorities = root.GetProperty("priorities");
        return new NicCapabilities
        {
            Name = Text(root, "name"),
            Description = Text(root, "description"),
            Items = root.GetProperty("items").EnumerateObject()
                .ToImmutableSortedDictionary(p => CapabilityNames.ParseItem(p.Name), p => p.Value.GetString()!),
            Fields = root.GetProperty("fields").EnumerateObject().ToImmutableSortedDictionary(
                p => CapabilityNames.ParseField(p.Name),
                p => new CapabilityFact<MaskKind>(
                    CapabilityNames.ParseKind(Text(p.Value, "mask")), Text(p.Value, "source"))),
            Actions = root.GetProperty("actions").EnumerateObject()
                .ToImmutableSortedDictionary(p => CapabilityNames.ParseAction(p.Name), p => p.Value.GetString()!),
            Priorities = Count(priorities),
            PrioritiesReversed = priorities.GetProperty("reversed").GetBoolean(),
            Groups = Count(root.GetProperty("groups")),
            TableSize = Count(root.GetProperty("tableSize")),
            L4OnFragments = Choice(
                root.GetProperty("l4OnFragments"), "first", FragmentL4.First, "miss", FragmentL4.Miss),
            Ipv6Extensions = Choice(
                root.GetProperty("ipv6Extensions"), "parse", Ipv6Extensions.Parse, "none", Ipv6Extensions.None),
        };
    }

    private static CapabilityFact<int> Count(JsonElement element)
    {
        int count = element.GetProperty("count").GetInt32();
        return count >= 1
            ? new CapabilityFact<int>(count, Text(element, "source"))
            : throw new FormatException($"a count of {count} in a NIC profile");
    }

    private static CapabilityFact<T> Choice<T>(
        JsonElement element, string firstName, T first, string secondName, T second)
    {
        string text = Text(element, "value");
        T value = text == firstName ? first
            : text == secondName ? second
            : throw new FormatException($"'{text}' in a NIC profile; known are {firstName}, {secondName}");
        return new CapabilityFact<T>(value, Text(element, "source"));
    }

    private static string Text(JsonElement element, string property) =>
        element.GetProperty(property).GetString() is { Length: > 0 } text
            ? text
            : throw new FormatException($"empty '{property}' in a NIC profile");
}
