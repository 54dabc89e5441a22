using System.Globalization;

namespace NetPolNic.Agent.Live;

/// <summary>What the pods' kernels count: a frame with a wrong checksum is dropped there, and shows here.</summary>
internal static class ChecksumStep
{
    /// <summary>Reads the counters of every host.</summary>
    public static LiveStep Run(LiveRun run)
    {
        long errors = 0;
        long received = 0;
        foreach (NetNamespace inside in run.Hosts.Select(host => host.Namespace).Distinct())
        {
            (string v4, string v6) = inside.Run(() => (
                File.ReadAllText("/proc/thread-self/net/snmp"), File.ReadAllText("/proc/thread-self/net/snmp6")));
            errors += SumV4(v4, "InCsumErrors") + SumV6(v6, "InCsumErrors");
            received += SumV4(v4, "InReceives") + SumV6(v6, "Ip6InReceives");
        }

        return new LiveStep(
            "every kernel accepts every checksum",
            errors == 0 && received > 0,
            string.Create(CultureInfo.InvariantCulture, $"{received} packets received by the pods' kernels, {errors} refused for their checksum"));
    }

    // "Tcp: RtoAlgorithm … InCsumErrors" over "Tcp: 1 … 0".
    internal static long SumV4(string text, string column)
    {
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        long sum = 0;
        for (int i = 0; i + 1 < lines.Length; i += 2)
        {
            string[] names = lines[i].Split(' ');
            string[] values = lines[i + 1].Split(' ');
            int at = Array.IndexOf(names, column);
            sum += at > 0 ? long.Parse(values[at], CultureInfo.InvariantCulture) : 0;
        }

        return sum;
    }

    // "Udp6InCsumErrors    0".
    internal static long SumV6(string text, string suffix) => text
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        .Where(words => words.Length == 2 && words[0].EndsWith(suffix, StringComparison.Ordinal))
        .Sum(words => long.Parse(words[1], CultureInfo.InvariantCulture));
}
