using System.Collections.Immutable;
using System.Reflection;

namespace NetPolNic.Offload.Capabilities;

/// <summary>The capability profiles that ship with the product, one embedded JSON file each.</summary>
public static class NicProfiles
{
    private const string Prefix = "NetPolNic.Offload.Capabilities.Profiles.";
    private const string Suffix = ".json";

    /// <summary>Names of all profiles, sorted.</summary>
    public static ImmutableArray<string> Names { get; } =
    [
        .. typeof(NicProfiles).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Suffix.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The profile of that name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists the names there are.</exception>
    public static NicCapabilities Load(string name)
    {
        if (!Names.Contains(name))
        {
            throw new ArgumentException(
                $"no NIC profile '{name}'; there are {string.Join(", ", Names)}", nameof(name));
        }

        Assembly assembly = typeof(NicProfiles).Assembly;
        using Stream json = assembly.GetManifestResourceStream(Prefix + name + Suffix)!;
        return ProfileReader.Read(json);
    }

    /// <summary>Reads a profile from a stream of the same JSON form, for a NIC that does not ship.</summary>
    /// <exception cref="FormatException">The text is no profile; the message says where.</exception>
    public static NicCapabilities Read(Stream json) => ProfileReader.Read(json);
}
