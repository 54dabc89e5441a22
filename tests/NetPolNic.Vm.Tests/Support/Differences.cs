namespace NetPolNic.Vm.Tests.Support;

/// <summary>Compares what was meant with what is, and says the first differences in words.</summary>
internal static class Differences
{
    private const int Shown = 12;

    /// <summary>Fails with the differences, if there are any.</summary>
    public static void None(string what, IEnumerable<string> differences)
    {
        List<string> all = [.. differences];
        Assert.True(
            all.Count == 0,
            $"{what}: {all.Count} differences\n  {string.Join("\n  ", all.Take(Shown))}");
    }

    /// <summary>What only one of two lists has.</summary>
    public static IEnumerable<string> OfSets(IEnumerable<string> meant, IEnumerable<string> found)
    {
        List<string> left = [.. meant];
        List<string> right = [.. found];
        return left.Except(right).Select(line => $"missing: {line}")
            .Concat(right.Except(left).Select(line => $"not meant: {line}"))
            .Concat(right.GroupBy(line => line).Where(group => group.Count() > 1).Select(group => $"{group.Count()} times: {group.Key}"));
    }

    /// <summary>Frames that did not arrive as they should: once at the port of their destination, or not at all.</summary>
    public static IEnumerable<string> OfArrivals(
        IEnumerable<SentFrame> sent, IReadOnlyDictionary<(int Port, uint Tag), int> arrived, Func<SentFrame, int?> meant)
    {
        foreach (SentFrame frame in sent)
        {
            for (int port = 0; port < 2; port++)
            {
                int times = arrived.GetValueOrDefault((port, frame.Tag));
                int should = meant(frame) == port ? 1 : 0;
                if (times != should)
                {
                    yield return $"arrived {times} times instead of {should} at port {port}: {frame}";
                }
            }
        }
    }
}
