using System.Collections.Immutable;

namespace NetPolNic.Offload.Capabilities;

/// <summary>
/// The capability profiles that ship with the product, one embedded JSON file each, and those that are given as a file: a
/// NIC family is data, there is no code for any.
/// </summary>
public static class NicProfiles
{
    private const string Prefix = "NetPolNic.Offload.Capabilities.Profiles.";
    private const string Suffix = ".json";

    private static readonly Lazy<ImmutableSortedDictionary<string, string>> s_aliases = new(ReadAliases);

    /// <summary>Names of all shipped profiles, sorted.</summary>
    public static ImmutableArray<string> Names { get; } =
    [
        .. typeof(NicProfiles).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Suffix.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Other names of shipped profiles → their names.</summary>
    public static ImmutableSortedDictionary<string, string> Aliases => s_aliases.Value;

    /// <summary>Whether a shipped profile has that name or alias.</summary>
    public static bool IsKnown(string name) => Names.Contains(name) || Aliases.ContainsKey(name);

    /// <summary>The shipped profile of that name or alias.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists the names there are.</exception>
    public static NicCapabilities Load(string name)
    {
        string resource = Aliases.GetValueOrDefault(name, name);
        if (!Names.Contains(resource))
        {
            throw new ArgumentException(
                $"no NIC profile '{name}'; there are {string.Join(", ", Names)}", nameof(name));
        }

        using Stream json = Open(resource);
        return ProfileReader.Read(json);
    }

    /// <summary>Whether a word that is to name a profile can only be meant as a file: it has a folder or ends in .json.</summary>
    public static bool IsPath(string nameOrPath) =>
        nameOrPath.EndsWith(Suffix, StringComparison.Ordinal) || nameOrPath.Contains('/', StringComparison.Ordinal);

    /// <summary>Reads a profile from a file, for a NIC that does not ship.</summary>
    /// <exception cref="FormatException">The text is no profile; the message says where.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static NicCapabilities ReadFile(string path)
    {
        using FileStream json = File.OpenRead(path);
        return ProfileReader.Read(json);
    }

    /// <summary>Reads a profile from a stream of the same JSON form.</summary>
    /// <exception cref="FormatException">The text is no profile; the message says where.</exception>
    public static NicCapabilities Read(Stream json) => ProfileReader.Read(json);

    private static Stream Open(string name) =>
        typeof(NicProfiles).Assembly.GetManifestResourceStream(Prefix + name + Suffix)!;

    private static ImmutableSortedDictionary<string, string> ReadAliases()
    {
        ImmutableSortedDictionary<string, string>.Builder aliases =
            ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (string name in Names)
        {
            using Stream json = Open(name);
            foreach (string alias in ProfileReader.ReadAliases(json))
            {
                aliases.Add(alias, name);
            }
        }

        return aliases.ToImmutable();
    }
}
