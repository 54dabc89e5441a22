namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>Says a failing case to people.</summary>
internal static class Failure
{
    public static string Describe(Case failing) => Describe(failing, of => Walk.FirstDifference(of));

    /// <summary>The case made small, and what goes wrong.</summary>
    public static string Describe(Case failing, Func<Case, string?> difference)
    {
        Case small = Shrinker.Shrink(failing, of => difference(of) is not null);
        return $"{small.Describe()}\n{difference(small) ?? "(does not fail again)"}";
    }
}
