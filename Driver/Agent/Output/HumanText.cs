using System.Globalization;

namespace NetPolNic.Agent.Output;

/// <summary>Numbers for people: few characters, never more digits than matter. <c>-o json</c> has the exact ones.</summary>
internal static class HumanText
{
    private const double Exact = 100_000;

    private static readonly (double Of, string Unit)[] s_scales = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];

    /// <summary>"0", "1234", "123 k", "4.56 M".</summary>
    public static string Count(double number)
    {
        if (number < Exact)
        {
            return Math.Round(number).ToString("0", CultureInfo.InvariantCulture);
        }

        (double of, string unit) = s_scales.First(scale => number >= scale.Of);
        double scaled = number / of;
        return $"{scaled.ToString(scaled < 10 ? "0.00" : scaled < 100 ? "0.0" : "0", CultureInfo.InvariantCulture)} {unit}";
    }

    /// <summary>"12 s", "3 min 12 s", "2 h 4 min", "5 d 3 h".</summary>
    public static string Duration(TimeSpan time)
    {
        TimeSpan whole = time < TimeSpan.Zero ? TimeSpan.Zero : time;
        return whole switch
        {
            { TotalMinutes: < 1 } => Seconds(whole),
            { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{whole.Minutes} min {Seconds(whole)}"),
            { TotalDays: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{whole.Hours} h {whole.Minutes} min"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{whole.Days} d {whole.Hours} h"),
        };
    }

    /// <summary>"1 rule", "2 rules".</summary>
    public static string Plural(long count, string one) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {one}{(count == 1 ? "" : "s")}");

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.Seconds} s");
}
