namespace NetPolNic.Agent.Commands;

/// <summary>Finds what a mistyped word was meant to be.</summary>
internal static class Typo
{
    /// <summary>Whether <paramref name="typed"/> is close enough to be taken for <paramref name="name"/>.</summary>
    public static bool IsLikely(string name, string typed) => Distance(name, typed) <= Math.Max(1, name.Length / 3);

    /// <summary>Optimal string alignment: one character inserted, left out, replaced, or changing places with the next.</summary>
    public static int Distance(string left, string right)
    {
        int[] before = [];
        int[] previous = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int[] current = new int[right.Length + 1];
            current[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int replace = previous[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                current[j] = Math.Min(replace, Math.Min(previous[j], current[j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    current[j] = Math.Min(current[j], before[j - 2] + 1);
                }
            }

            before = previous;
            previous = current;
        }

        return previous[right.Length];
    }
}
