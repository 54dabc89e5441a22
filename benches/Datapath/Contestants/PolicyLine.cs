using System.Globalization;

namespace NetPolNic.Benches.Datapath.Contestants;

/// <summary>One line of a rules file: allowed source and destination with lengths, destination ports; TCP.</summary>
internal sealed record PolicyLine(string Src, string Dst, int First, int Last)
{
    /// <summary>Whether it is about packets to a pod: pods are single addresses under 10.244 in the made-up policy.</summary>
    public bool IsIngress => Dst.StartsWith("10.244.", StringComparison.Ordinal);

    public static IEnumerable<PolicyLine> Read(string path) => File.ReadLines(path).Select(line =>
    {
        string[] words = line.Split(' ');
        return new PolicyLine(
            words[0], words[1], int.Parse(words[3], CultureInfo.InvariantCulture), int.Parse(words[4], CultureInfo.InvariantCulture));
    });
}
