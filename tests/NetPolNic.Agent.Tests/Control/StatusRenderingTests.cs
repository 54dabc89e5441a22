using System.Text.Json;
using NetPolNic.Agent.Control.V1;
using NetPolNic.Agent.Output;
using Spectre.Console;

namespace NetPolNic.Agent.Tests.Control;

public sealed class StatusRenderingTests
{
    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public void Status_looks_as_it_should(int width) =>
        Golden.Check($"status-{width}.txt", Render(width, console => StatusText.Write(console, SampleReplies.Status())));

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public void Explanation_looks_as_it_should(int width) =>
        Golden.Check($"explain-{width}.txt", Render(width, console => LiveExplanation.Write(console, SampleReplies.Explain())));

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public void Rates_have_a_column_beside_each_counter(int width)
    {
        StatusReply now = SampleReplies.StatusLater();
        StatusRates rates = StatusRates.Between(SampleReplies.Status(), now)!;

        Golden.Check($"rates-{width}.txt", Render(width, console => StatusText.Write(console, now, rates)));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public void No_line_is_longer_than_the_terminal(int width)
    {
        StatusReply now = SampleReplies.StatusLater();
        now.PuntedRegions.Add(SampleReplies.Punt());
        string text = Render(
            width, console => StatusText.Write(console, now, StatusRates.Between(SampleReplies.Status(), now), allRules: true));

        Assert.All(text.Split('\n'), line => Assert.True(line.TrimEnd().Length <= width, line));
    }

    /// <summary>Scripts rely on these names: add freely, rename and remove never.</summary>
    [Fact]
    public void Fields_of_the_json_keep_their_names()
    {
        StatusReply status = SampleReplies.Status();
        status.PuntedRegions.Add(SampleReplies.Punt());
        SortedSet<string> paths = new(StringComparer.Ordinal);
        Collect(paths, "status", JsonDocument.Parse(MessageJson.Write(status)).RootElement);
        Collect(paths, "explain", JsonDocument.Parse(MessageJson.Write(SampleReplies.Explain())).RootElement);

        Golden.Check("json-fields.txt", string.Join('\n', paths));
    }

    [Fact]
    public void Json_has_numbers_as_numbers_and_times_in_utc()
    {
        using JsonDocument json = JsonDocument.Parse(MessageJson.WriteLine(SampleReplies.Status()));

        Assert.Equal(123_456_789UL, json.RootElement.GetProperty("ethPorts")[0].GetProperty("rxPkts").GetUInt64());
        Assert.Equal("2026-11-22T21:45:03.000Z", json.RootElement.GetProperty("takenAt").GetString());
        Assert.False(json.RootElement.GetProperty("refusals")[0].GetProperty("example").TryGetProperty("hits", out _));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(24)]
    [InlineData(200)]
    public void A_frame_fits_the_terminal_and_covers_the_one_before(int height)
    {
        string frame = StatusFrame.Of(SampleReplies.Status(), null, null, 80, height, ColorSystemSupport.NoColors);

        string[] lines = frame.Split("\r\n");
        Assert.InRange(lines.Length, 1, height);
        Assert.StartsWith("\e[H", frame, StringComparison.Ordinal);
        Assert.EndsWith("\e[J", frame, StringComparison.Ordinal);
        Assert.All(lines.Where(line => !line.Equals("\e[J", StringComparison.Ordinal)), line => Assert.Contains("\e[K", line, StringComparison.Ordinal));
        Assert.Equal(height < 50, frame.Contains("more lines", StringComparison.Ordinal));
        Assert.DoesNotContain("\e[3", frame, StringComparison.Ordinal);
    }

    [Fact]
    public void A_frame_without_a_new_answer_says_so()
    {
        string frame = StatusFrame.Of(SampleReplies.Status(), null, "the agent is gone", 80, 60, ColorSystemSupport.NoColors);

        Assert.Contains("no answer  the agent is gone", frame, StringComparison.Ordinal);
        Assert.Contains("this is the state of 21:45:03 UTC", frame, StringComparison.Ordinal);
    }

    [Fact]
    public void Rates_are_not_taken_over_a_restart()
    {
        StatusReply restarted = SampleReplies.StatusLater();
        restarted.Agent.StartedAt = restarted.TakenAt;

        Assert.Null(StatusRates.Between(SampleReplies.Status(), restarted));
        Assert.Null(StatusRates.Between(null, restarted));
        Assert.Equal(1000, StatusRates.Between(SampleReplies.Status(), SampleReplies.StatusLater())!.Hits(restarted.Rules[0]));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(99_999, "99999")]
    [InlineData(123_456, "123 k")]
    [InlineData(4_560_000, "4.56 M")]
    [InlineData(45_600_000_000, "45.6 G")]
    public void Counts_are_short(double number, string text) => Assert.Equal(text, HumanText.Count(number));

    [Theory]
    [InlineData(-1, "0 s")]
    [InlineData(59, "59 s")]
    [InlineData(192, "3 min 12 s")]
    [InlineData(7440, "2 h 4 min")]
    [InlineData(442_800, "5 d 3 h")]
    public void Durations_are_short(int seconds, string text) =>
        Assert.Equal(text, HumanText.Duration(TimeSpan.FromSeconds(seconds)));

    private static string Render(int width, Action<IAnsiConsole> write)
    {
        using StringWriter text = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = width;
        write(console);
        return text.ToString();
    }

    private static void Collect(SortedSet<string> paths, string path, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty field in element.EnumerateObject())
                {
                    Collect(paths, $"{path}.{field.Name}", field.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray())
                {
                    Collect(paths, $"{path}[]", item);
                }

                paths.Add($"{path}: array");
                break;
            default:
                paths.Add($"{path}: {(element.ValueKind is JsonValueKind.True or JsonValueKind.False ? "boolean" : element.ValueKind.ToString().ToLowerInvariant())}");
                break;
        }
    }
}
