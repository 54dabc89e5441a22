using System.Text.Json;
using NetPolNic.Agent.Commands;
using NetPolNic.Agent.Control;
using NetPolNic.Agent.Control.V1;
using NetPolNic.Agent.Output;
using Spectre.Console;

namespace NetPolNic.Agent.Tests.Control;

public sealed class StatusWatchTests
{
    private static readonly WatchStatusRequest s_request = new() { Status = new StatusRequest(), IntervalMs = 250 };

    [Fact]
    public async Task Writes_a_line_of_json_per_answer_and_follows_the_agent_through_a_restart()
    {
        await using ControlRig rig = await ControlRig.StartAsync();
        using ControlClient client = new(rig.Socket);
        using CancellationTokenSource end = new(TimeSpan.FromSeconds(60));
        StringWriter trouble = new();
        int lines = 0;
        LineWriter output = new(async _ =>
        {
            lines++;
            if (lines == 2)
            {
                await rig.StopServerAsync();
                rig.Reader.Status = _ => new StatusReply { Policy = new PolicyStatus { Generation = 99 } };
                await rig.StartServerAsync();
            }
        }, until: "\"generation\":99", end);

        await new StatusWatch(client, s_request, trouble, TimeProvider.System).WriteJsonAsync(output, end.Token);

        Assert.All(
            output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => JsonDocument.Parse(line).Dispose());
        Assert.Contains("\"generation\":99", output.Text, StringComparison.Ordinal);
        Assert.Contains("trying again every second", trouble.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leaves_the_terminal_as_it_was()
    {
        await using ControlRig rig = await ControlRig.StartAsync();
        using ControlClient client = new(rig.Socket);
        using CancellationTokenSource end = new(TimeSpan.FromSeconds(60));
        LineWriter output = new(_ => Task.CompletedTask, until: "\e[J", end);

        await new StatusWatch(client, s_request, TextWriter.Null, TimeProvider.System)
            .ShowAsync(output, () => (100, 30), ColorSystemSupport.TrueColor, end.Token);

        Assert.StartsWith(StatusFrame.Enter, output.Text, StringComparison.Ordinal);
        Assert.EndsWith(StatusFrame.Leave, output.Text, StringComparison.Ordinal);
        Assert.Contains("\e[3", output.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Does_not_wait_for_an_agent_that_is_not_there()
    {
        await using ControlRig rig = new();
        using ControlClient client = new(rig.Socket);
        using StringWriter output = new();

        await Assert.ThrowsAsync<AgentUnreachableException>(() =>
            new StatusWatch(client, s_request, TextWriter.Null, TimeProvider.System)
                .ShowAsync(output, () => (80, 24), ColorSystemSupport.NoColors, default));

        Assert.Equal("", output.ToString());
    }

    /// <summary>Ends the watch once a text was written.</summary>
    private sealed class LineWriter(Func<string, Task> written, string until, CancellationTokenSource end) : StringWriter
    {
        public string Text => ToString();

        public override async Task WriteAsync(string? value)
        {
            Write(value);
            await written(value ?? "");
            if (value?.Contains(until, StringComparison.Ordinal) == true)
            {
                await end.CancelAsync();
            }
        }
    }
}
