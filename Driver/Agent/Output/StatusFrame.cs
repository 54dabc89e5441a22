using System.Globalization;
using System.Text;
using NetPolNic.Agent.Control.V1;
using Spectre.Console;

namespace NetPolNic.Agent.Output;

/// <summary>One picture of the status view that refreshes: escape sequences (ECMA-48) and no more than fits. Pure.</summary>
internal static class StatusFrame
{
    /// <summary>Switches to the other screen and hides the cursor.</summary>
    public const string Enter = "\e[?1049h\e[?25l";

    /// <summary>Undoes <see cref="Enter"/>: the terminal is as before.</summary>
    // The last two: the runtime switches the keypad to application mode when asked for the terminal's size.
    public const string Leave = "\e[?25h\e[?1049l\e[?1l\e>";

    private const string Home = "\e[H";
    private const string ClearLine = "\e[K";
    private const string ClearBelow = "\e[J";

    /// <summary>A whole picture, drawn over the one before without a flicker.</summary>
    /// <param name="status">The last answer.</param>
    /// <param name="rates">Growth since the one before, or null.</param>
    /// <param name="trouble">Why there is no newer answer, or null.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Lines.</param>
    /// <param name="colours">Whether to colour.</param>
    public static string Of(
        StatusReply status, StatusRates? rates, string? trouble, int width, int height, ColorSystemSupport colours)
    {
        using StringWriter text = new(CultureInfo.InvariantCulture);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colours == ColorSystemSupport.NoColors ? AnsiSupport.No : AnsiSupport.Yes,
            ColorSystem = colours,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = width;
        if (trouble is not null)
        {
            console.MarkupLineInterpolated($"[red]no answer[/]  {trouble}");
            console.MarkupLineInterpolated(
                CultureInfo.InvariantCulture,
                $"[yellow]trying again every second; this is the state of {status.TakenAt.ToDateTimeOffset():HH:mm:ss} UTC[/]");
        }

        StatusText.Write(console, status, rates);
        return Cut(text.ToString().TrimEnd('\n').Split('\n'), height);
    }

    private static string Cut(string[] lines, int height)
    {
        int shown = lines.Length <= height ? lines.Length : Math.Max(0, height - 1);
        StringBuilder frame = new(Home);
        for (int i = 0; i < shown; i++)
        {
            frame.Append(lines[i].TrimEnd('\r')).Append(ClearLine).Append(i + 1 < height ? "\r\n" : "");
        }

        if (shown < lines.Length)
        {
            frame.Append(CultureInfo.InvariantCulture, $"… {lines.Length - shown} more lines: make the terminal taller, or choose with --pod and --top");
            frame.Append(ClearLine);
        }

        return frame.Append(ClearBelow).ToString();
    }
}
