using NetPolNic.Agent.Control;
using NetPolNic.Agent.Control.V1;
using NetPolNic.Agent.Output;
using Spectre.Console;

namespace NetPolNic.Agent.Commands;

/// <summary><c>status --watch</c>: follows an agent, also through its restarts, until cancelled.</summary>
internal sealed class StatusWatch(ControlClient client, WatchStatusRequest request, TextWriter error, TimeProvider time)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>Redraws the terminal with each answer; it is left as it was found.</summary>
    /// <param name="output">The terminal.</param>
    /// <param name="size">Its columns and lines, asked for each picture.</param>
    /// <param name="colours">Whether to colour.</param>
    /// <param name="cancellation">Ends the view; that is no error.</param>
    public async Task ShowAsync(
        TextWriter output, Func<(int Width, int Height)> size, ColorSystemSupport colours, CancellationToken cancellation)
    {
        StatusReply? last = null;
        StatusRates? rates = null;
        Task DrawAsync(string? trouble)
        {
            (int width, int height) = size();
            return last is null
                ? Task.CompletedTask
                : WriteAsync(output, StatusFrame.Of(last, rates, trouble, width, height, colours));
        }

        // Nobody there from the start is an answer, not something to wait for.
        last = await client.StatusAsync(request.Status, cancellation).ConfigureAwait(false);
        await WriteAsync(output, StatusFrame.Enter).ConfigureAwait(false);
        try
        {
            await DrawAsync(null).ConfigureAwait(false);
            await FollowAsync(
                async status =>
                {
                    rates = StatusRates.Between(last, status);
                    last = status;
                    await DrawAsync(null).ConfigureAwait(false);
                },
                DrawAsync,
                cancellation).ConfigureAwait(false);
        }
        finally
        {
            await WriteAsync(output, StatusFrame.Leave).ConfigureAwait(false);
        }
    }

    /// <summary>Writes each answer as one line of JSON; trouble goes to stderr, once.</summary>
    public async Task WriteJsonAsync(TextWriter output, CancellationToken cancellation)
    {
        await WriteAsync(
            output,
            MessageJson.WriteLine(await client.StatusAsync(request.Status, cancellation).ConfigureAwait(false)) + '\n')
            .ConfigureAwait(false);
        string? reported = null;
        await FollowAsync(
            async status =>
            {
                reported = null;
                await WriteAsync(output, MessageJson.WriteLine(status) + '\n').ConfigureAwait(false);
            },
            async trouble =>
            {
                if (trouble != reported)
                {
                    reported = trouble;
                    await error.WriteLineAsync($"netpolnic: {trouble}; trying again every second").ConfigureAwait(false);
                }
            },
            cancellation).ConfigureAwait(false);
    }

    private async Task FollowAsync(Func<StatusReply, Task> show, Func<string, Task> complain, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            string trouble = "the agent has gone away";
            try
            {
                await foreach (StatusReply status in client.WatchAsync(request, cancellation).ConfigureAwait(false))
                {
                    await show(status).ConfigureAwait(false);
                }
            }
            catch (Exception problem) when (problem is AgentUnreachableException or UnanswerableException)
            {
                trouble = problem.Message;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }

            await complain(trouble).ConfigureAwait(false);
            await Task.Delay(s_pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task WriteAsync(TextWriter output, string text)
    {
        await output.WriteAsync(text).ConfigureAwait(false);
        await output.FlushAsync().ConfigureAwait(false);
    }
}
