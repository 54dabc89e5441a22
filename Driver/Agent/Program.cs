using System.CommandLine;
using System.CommandLine.Help;
using Dpdk.Errors;
using NetPolNic.Agent.Commands;
using NetPolNic.Agent.Hosting;

namespace NetPolNic.Agent;

internal static class Program
{
    private static Task<int> Main(string[] args) => RunAsync(args, Console.Out, Console.Error);

    /// <summary>Parses and runs one command line; answers with an <see cref="ExitStatus"/>.</summary>
    internal static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        RootCommand root = CommandTree.Create();
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            await CommandTree.ReportErrorsAsync(parsed, error).ConfigureAwait(false);
            return ExitStatus.Unusable;
        }

        if (parsed.Action is HelpAction help)
        {
            (parsed.CommandResult.Command as DetailedCommand)?.ShowDetails();
            help.MaxWidth = Console.IsOutputRedirected ? Inputs.RedirectedWidth : help.MaxWidth;
        }

        InvocationConfiguration configuration = new()
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = AgentHost.EndLimit,
        };
        try
        {
            return await parsed.InvokeAsync(configuration).ConfigureAwait(false);
        }
        catch (UnusableInputException problem)
        {
            await error.WriteLineAsync($"netpolnic: {problem.Message}").ConfigureAwait(false);
            return ExitStatus.Unusable;
        }
        catch (DpdkException problem)
        {
            await error.WriteLineAsync($"netpolnic: {problem.Message}").ConfigureAwait(false);
            return ExitStatus.Unusable;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // Unreadable input, or an output that takes nothing: a full disk, a closed stream.
            await error.WriteLineAsync($"netpolnic: {problem.Message}").ConfigureAwait(false);
            return ExitStatus.Unusable;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("netpolnic: interrupted").ConfigureAwait(false);
            return ExitStatus.Interrupted;
        }
    }
}
