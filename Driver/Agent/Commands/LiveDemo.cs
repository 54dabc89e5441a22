using System.Collections.Immutable;
using System.Globalization;
using NetPolNic.Agent.Live;
using Spectre.Console;

namespace NetPolNic.Agent.Commands;

/// <summary>What <c>demo --live</c> does: real pods, real connections.</summary>
internal static class LiveDemo
{
    private const long MiB = 1L << 20;

    /// <summary>Plays it once for each MTU.</summary>
    /// <exception cref="UnusableInputException">Not root, or the surroundings lack something.</exception>
    public static async Task<int> RunAsync(
        LiveOptions options, IReadOnlyList<int> mtus, OutputFormat format, TextWriter writer, CancellationToken cancellation)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new UnusableInputException("demo --live needs root: it makes network namespaces");
        }

        IAnsiConsole? console = format == OutputFormat.Json ? null : Inputs.Console(writer);
        List<LiveChapter> chapters = [];
        try
        {
            foreach (int mtu in mtus)
            {
                chapters.Add(await new LiveShow(console, options)
                    .PlayAsync(mtu, chapters.FirstOrDefault(), cancellation).ConfigureAwait(false));
            }
        }
        catch (LiveException problem)
        {
            throw new UnusableInputException($"demo --live: {problem.Message}", problem);
        }

        ImmutableArray<LiveChapter> all = [.. chapters];
        bool agreed = all.All(chapter => chapter.Agreed);
        if (console is null)
        {
            await writer.WriteLineAsync(LiveJson.Write(all)).ConfigureAwait(false);
        }
        else
        {
            int failed = all.Sum(chapter => chapter.Steps.Count(step => !step.Passed));
            console.WriteLine();
            console.MarkupLine(agreed
                ? "[green]everything was as policy says[/]"
                : string.Create(CultureInfo.InvariantCulture, $"[red]{failed} claims do not hold[/]"));
        }

        return agreed ? ExitStatus.Success : ExitStatus.Negative;
    }

    /// <summary>Reads "64M" or "1G", with or without a B; the units are 2^20 and 2^30 bytes.</summary>
    /// <exception cref="UnusableInputException">It is neither.</exception>
    public static long Bytes(string size)
    {
        string number = size.EndsWith('B') ? size[..^1] : size;
        long unit = number.EndsWith('G') ? 1024 * MiB : number.EndsWith('M') ? MiB : 0;
        return unit != 0 && int.TryParse(number[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0
            ? count * unit
            : throw new UnusableInputException($"--transfer: '{size}' is no size; write 64M or 1G");
    }

    /// <summary>Reads MTUs, "1500" or "1500,9000".</summary>
    /// <exception cref="UnusableInputException">One is not between 1280 and 9000.</exception>
    public static ImmutableArray<int> Mtus(string list) =>
    [
        .. list.Split(',', StringSplitOptions.TrimEntries).Select(text =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int mtu) && mtu is >= 1280 and <= 9000
                ? mtu
                : throw new UnusableInputException($"--mtu: '{text}' is not between 1280 and 9000")),
    ];
}
