namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>How much the property tests try: bounded by default, more with NETPOLNIC_TEST_LONG=1.</summary>
internal static class Effort
{
    private const int LongFactor = 20;

    private static readonly bool s_isLong = Environment.GetEnvironmentVariable("NETPOLNIC_TEST_LONG") == "1";

    /// <summary>Iterations of a property that takes <paramref name="usual"/> in a default run.</summary>
    public static int Iterations(int usual) => s_isLong ? usual * LongFactor : usual;
}
