using System.Collections.Immutable;
using System.Globalization;

namespace NetPolNic.Agent.Hosting;

/// <summary>CPUs as they are written in options: numbers and ranges, "2", "2,4-6".</summary>
internal static class LcoreList
{
    private const int Most = 1024;

    /// <summary>The CPUs in the order written, or null where it is no such list or names one twice.</summary>
    public static ImmutableArray<int>? Parse(string text)
    {
        ImmutableArray<int>.Builder cpus = ImmutableArray.CreateBuilder<int>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] ends = part.Split('-', StringSplitOptions.TrimEntries);
            if (ends.Length > 2 || !TryCpu(ends[0], out int first) || !TryCpu(ends[^1], out int last) || first > last)
            {
                return null;
            }

            cpus.AddRange(Enumerable.Range(first, last - first + 1));
        }

        return cpus.Distinct().Count() == cpus.Count ? cpus.ToImmutable() : null;
    }

    private static bool TryCpu(string text, out int cpu) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out cpu) && cpu < Most;
}
