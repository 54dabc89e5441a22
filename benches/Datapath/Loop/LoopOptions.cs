using System.Globalization;
using NetPolNic.Benches.Datapath.Traffic;
using NetPolNic.Policy.Model;

namespace NetPolNic.Benches.Datapath.Loop;

/// <summary>What the process with the measured loop is told.</summary>
internal sealed record LoopOptions
{
    public required TrafficFiles Traffic { get; init; }

    public int Rules { get; init; }

    public IpFamily Family { get; init; } = IpFamily.V4;

    public int Connections { get; init; }

    public int Cpu { get; init; }

    public bool Hugepages { get; init; }

    /// <summary>Whether the loop runs from the ahead-of-time compiled library.</summary>
    public bool IsNative { get; init; }

    /// <summary>Library that paces the ports, or empty.</summary>
    public string PacedLibrary { get; init; } = "";

    /// <summary>Manifests instead of rules, or empty.</summary>
    public string Manifests { get; init; } = "";

    /// <summary>The node whose pods are local, or empty: all are.</summary>
    public string Node { get; init; } = "";

    /// <summary>Reads what <see cref="ToWords"/> made.</summary>
    public static LoopOptions Parse(string[] words)
    {
        int at = 0;
        string next() => words[at++];
        int number() => int.Parse(next(), CultureInfo.InvariantCulture);
        return new LoopOptions
        {
            Traffic = new TrafficFiles(next(), next(), null, number(), number(), 0),
            Rules = number(),
            Family = (IpFamily)number(),
            Connections = number(),
            Cpu = number(),
            Hugepages = number() != 0,
            IsNative = number() != 0,
            PacedLibrary = next(),
            Manifests = next(),
            Node = next(),
        };
    }

    public IEnumerable<string> ToWords() =>
    [
        Traffic.UplinkPcap, Traffic.PodPcap, Word(Traffic.Frames), Word(Traffic.MaxFrameBytes), Word(Rules),
        Word((int)Family), Word(Connections), Word(Cpu), Word(Hugepages ? 1 : 0), Word(IsNative ? 1 : 0),
        PacedLibrary, Manifests, Node,
    ];

    private static string Word(int number) => number.ToString(CultureInfo.InvariantCulture);
}
