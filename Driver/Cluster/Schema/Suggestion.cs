namespace NetPolNic.Cluster.Schema;

/// <summary>Says which field was probably meant.</summary>
internal static class Suggestion
{
    private const int MaxDistance = 2;

    /// <summary>Fields that exist in another place or version: who writes them means them.</summary>
    private static readonly HashSet<string> s_knownElsewhere = new(StringComparer.Ordinal)
    {
        "ingress", "egress", "from", "to", "ports", "policyTypes", "ipBlock", "podSelector", "namespaceSelector",
        "endPort",
    };

    /// <summary>The reason text for an unknown field, with the nearest known one where one is near.</summary>
    public static string ForUnknownField(string name, IEnumerable<string> known)
    {
        if (s_knownElsewhere.Contains(name))
        {
            return "unknown field here";
        }

        string? nearest = known
            .Where(field => Distance(field, name) <= MaxDistance)
            .OrderBy(field => Distance(field, name))
            .ThenBy(field => field, StringComparer.Ordinal)
            .FirstOrDefault();
        return nearest is null ? "unknown field" : $"unknown field; is {nearest} meant?";
    }

    /// <summary>Levenshtein distance without regard to case.</summary>
    private static int Distance(string left, string right)
    {
        if (Math.Abs(left.Length - right.Length) > MaxDistance)
        {
            return MaxDistance + 1;
        }

        int[] row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int same = char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1;
                int best = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + same);
                (diagonal, row[j]) = (row[j], best);
            }
        }

        return row[right.Length];
    }
}
