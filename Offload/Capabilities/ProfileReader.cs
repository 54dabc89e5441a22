using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace NetPolNic.Offload.Capabilities;

/// <summary>
/// Reads a capability profile (JSON; docs/nic-profiles.md has the form). Unknown properties are errors, and so is a fact
/// without a source: a typo may not widen a profile silently.
/// </summary>
internal static partial class ProfileReader
{
    /// <summary>Stands for a source that is no version of DPDK.</summary>
    private const string NoDpdk = "none";

    private static readonly string[] s_properties =
    [
        "name", "aliases", "description", "sources", "items", "fields", "actions", "priorities", "groups",
        "groupPriorities", "tableSize",
        "l4OnFragments", "ipv6Extensions", "ipv6Proto", "direction", "habits",
    ];

    /// <summary>Reads one profile.</summary>
    /// <exception cref="FormatException">The text is no profile; the message says where.</exception>
    internal static NicCapabilities Read(Stream json) => Parse(json, Read);

    /// <summary>Other names of a profile; empty where it has none.</summary>
    /// <exception cref="FormatException">The text is no profile; the message says where.</exception>
    internal static ImmutableArray<string> ReadAliases(Stream json) => Parse<ImmutableArray<string>>(
        json,
        root => root.TryGetProperty("aliases", out JsonElement aliases)
            ? [.. aliases.EnumerateArray().Select(alias => alias.GetString()!)]
            : []);

    private static T Parse<T>(Stream json, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentException)
        {
            throw new FormatException($"not a NIC profile: {e.Message}", e);
        }
    }

    private static NicCapabilities Read(JsonElement root)
    {
        CheckProperties(root, "a NIC profile", s_properties);
        Facts facts = new(root.GetProperty("sources").EnumerateObject()
            .ToDictionary(p => p.Name, p => Where(p.Name, p.Value), StringComparer.Ordinal));
        JsonElement priorities = root.GetProperty("priorities");
        JsonElement tableSize = root.GetProperty("tableSize");
        return new NicCapabilities
        {
            Name = Text(root, "name"),
            Description = Text(root, "description"),
            Items = root.GetProperty("items").EnumerateObject()
                .ToImmutableSortedDictionary(p => CapabilityNames.ParseItem(p.Name), p => facts.Source(p)),
            Fields = root.GetProperty("fields").EnumerateObject().ToImmutableSortedDictionary(
                p => CapabilityNames.ParseField(p.Name), p => Kind(facts, p)),
            Actions = root.GetProperty("actions").EnumerateObject()
                .ToImmutableSortedDictionary(p => CapabilityNames.ParseAction(p.Name), p => facts.Source(p)),
            Priorities = facts.Count(root, "priorities", 1, "first", "reversed"),
            FirstPriority = priorities.GetProperty("first").GetInt32(),
            PrioritiesReversed = priorities.GetProperty("reversed").GetBoolean(),
            Groups = facts.Count(root, "groups", 1),
            GroupPriorities = root.TryGetProperty("groupPriorities", out _)
                ? facts.Count(root, "groupPriorities", 0)
                : new CapabilityFact<int>(0, NicCapabilities.NotListed),
            TableSize = facts.Count(root, "tableSize", NicCapabilities.UnknownTableSize),
            IsTableSizeKnown = !IsUnknown(tableSize.GetProperty("count")),
            L4OnFragments = facts.Value(root, "l4OnFragments", CapabilityNames.ParseFragments),
            Ipv6Extensions = facts.Value(root, "ipv6Extensions", CapabilityNames.ParseExtensions),
            Ipv6ProtoIs = facts.Value(root, "ipv6Proto", CapabilityNames.ParseIpv6Proto),
            Direction = facts.Value(root, "direction", CapabilityNames.ParseDirection),
            Habits = root.TryGetProperty("habits", out JsonElement habits)
                ? habits.EnumerateObject().ToImmutableSortedDictionary(p => p.Name, p => facts.Source(p), StringComparer.Ordinal)
                : ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal),
        };
    }

    private static CapabilityFact<MaskKind> Kind(Facts facts, JsonProperty property)
    {
        string mask = Text(property.Value, "mask");
        string source = facts.Source(property, "mask");
        return mask == CapabilityNames.Unknown
            ? new CapabilityFact<MaskKind>(MaskKind.None, $"unknown, so not used: {source}")
            : new CapabilityFact<MaskKind>(CapabilityNames.ParseKind(mask), source);
    }

    private static string Where(string name, JsonElement source)
    {
        CheckProperties(source, $"source '{name}'", ["where", "dpdk"]);
        string versions = Text(source, "dpdk");
        return versions == NoDpdk ? Text(source, "where")
            : VersionRange().IsMatch(versions) ? $"DPDK {versions} {Text(source, "where")}"
            : throw new FormatException(
                $"'{versions}' of source '{name}' in a NIC profile is no DPDK version, no range (22.11..26.07) and not '{NoDpdk}'");
    }

    private static bool IsUnknown(JsonElement element) =>
        element.ValueKind == JsonValueKind.String && element.GetString() == CapabilityNames.Unknown;

    private static void CheckProperties(JsonElement element, string of, string[] known)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!known.Contains(property.Name))
            {
                throw new FormatException(
                    $"unknown property '{property.Name}' in {of}; known are {string.Join(", ", known)}");
            }
        }
    }

    private static string Text(JsonElement element, string property) =>
        element.GetProperty(property).GetString() is { Length: > 0 } text
            ? text
            : throw new FormatException($"empty '{property}' in a NIC profile");

    [GeneratedRegex(@"^\d\d\.\d\d(\.\.\d\d\.\d\d)?$", RegexOptions.CultureInvariant)]
    private static partial Regex VersionRange();

    /// <summary>Looks up the sources that facts name.</summary>
    private sealed class Facts(IReadOnlyDictionary<string, string> sources)
    {
        /// <summary>The source of a fact that names it, with the fact's note.</summary>
        internal string Source(JsonProperty fact, params string[] besides)
        {
            CheckProperties(fact.Value, $"'{fact.Name}'", [.. besides, "from", "note"]);
            string from = Text(fact.Value, "from");
            string where = sources.TryGetValue(from, out string? found)
                ? found
                : throw new FormatException(
                    $"'{fact.Name}' names the source '{from}'; there are {string.Join(", ", sources.Keys)}");
            return fact.Value.TryGetProperty("note", out _) ? $"{where}: {Text(fact.Value, "note")}" : where;
        }

        internal CapabilityFact<T> Value<T>(JsonElement root, string name, Func<string, T> parse)
        {
            JsonProperty fact = Find(root, name);
            return new CapabilityFact<T>(parse(Text(fact.Value, "value")), Source(fact, "value"));
        }

        internal CapabilityFact<int> Count(JsonElement root, string name, int unknown, params string[] besides)
        {
            JsonProperty fact = Find(root, name);
            string source = Source(fact, [.. besides, "count"]);
            JsonElement element = fact.Value.GetProperty("count");
            if (IsUnknown(element))
            {
                return new CapabilityFact<int>(unknown, $"unknown: {source}");
            }

            int count = element.GetInt32();
            return count >= 1
                ? new CapabilityFact<int>(count, source)
                : throw new FormatException($"{name} of {count} in a NIC profile");
        }

        private static JsonProperty Find(JsonElement root, string name)
        {
            _ = root.GetProperty(name);
            return root.EnumerateObject().First(property => property.Name == name);
        }
    }
}
