using CsCheck;

namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>
/// Runs a property of cases; a failing one is made small and printed whole, with what went wrong at first.
/// </summary>
internal static class Failure
{
    /// <summary>Checks cases one after the other.</summary>
    /// <param name="cases">Where they come from.</param>
    /// <param name="iterations">How many in a default run.</param>
    /// <param name="difference">What is wrong about a case, or null.</param>
    public static void Check(Gen<Case> cases, int iterations, Func<Case, string?> difference)
    {
        string? first = null;
        cases.Sample(
            of =>
            {
                string? found = difference(of);
                first = found ?? first;
                return found is null;
            },
            iter: Effort.Iterations(iterations),
            threads: 1,
            print: of =>
            {
                string description = Describe(of, first, difference);
                TestContext.Current.TestOutputHelper?.WriteLine(description);
                return description;
            });
    }

    private static string Describe(Case failing, string? first, Func<Case, string?> difference)
    {
        Case small = Shrinker.Shrink(failing, of => difference(of) is not null);
        string again = difference(small) is { } still
            ? $"{still}\n{small.Describe()}"
            : $"It does not fail again.\n{small.Describe()}";
        return $"{again}\nbefore shrinking:\n{first}";
    }
}
