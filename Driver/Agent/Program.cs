using System.CommandLine;
using Dpdk.Errors;
using NetPolNic.Agent.Commands;

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
            foreach (string message in parsed.Errors.Select(problem => problem.Message).Distinct())
            {
                await error.WriteLineAsync($"netpolnic: {message}").ConfigureAwait(false);
            }

            string path = CommandTree.PathOf(parsed.CommandResult);
            await error.WriteLineAsync($"netpolnic: see '{path} --help'").ConfigureAwait(false);
            return ExitStatus.Unusable;
        }

        InvocationConfiguration configuration = new()
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
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
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("netpolnic: interrupted").ConfigureAwait(false);
            return ExitStatus.Interrupted;
        }
    }
}
