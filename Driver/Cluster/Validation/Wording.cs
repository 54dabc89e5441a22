using System.Globalization;
using System.Text;

namespace NetPolNic.Cluster.Validation;

/// <summary>Makes what a user wrote fit for a one-line message.</summary>
internal static class Wording
{
    private const int MaxShown = 80;

    /// <summary>The value in double quotes, shortened, control characters escaped.</summary>
    public static string Quote(string value) => $"\"{Shorten(value)}\"";

    /// <summary>The value, shortened, control characters escaped.</summary>
    public static string Shorten(string value)
    {
        StringBuilder shown = new();
        foreach (char c in value.Length > MaxShown ? value.AsSpan(0, MaxShown) : value)
        {
            if (char.IsControl(c) || char.IsSurrogate(c))
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                shown.Append(c);
            }
        }

        return value.Length > MaxShown ? shown.Append("...").ToString() : shown.ToString();
    }
}
