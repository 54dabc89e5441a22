using System.CommandLine;
using System.CommandLine.Parsing;

namespace NetPolNic.Agent.Commands;

/// <summary>The command line: every command with its options.</summary>
internal static class CommandTree
{
    private const string About =
        """
        Kubernetes NetworkPolicy on the NIC: compiles policies to DPDK rte_flow rules, offloads what the NIC can decide
        exactly, and decides the rest in a poll-mode fallback with connection tracking.

        Start with:
          netpolnic demo                                          see the whole thing work on an emulated NIC
          netpolnic matrix   -f examples/v1                       who may talk to whom
          netpolnic explain  -f examples/seed --from default/frontend --to default/db --port 6379
          netpolnic compile  -f examples/v1 --nic mlx5 -o testpmd   the rules, ready to paste into testpmd
          netpolnic verify   -f examples/v1                       let stock dpdk-testpmd check them
          netpolnic status                                        what the running agent enforces, and where
          netpolnic nic                                           which NICs are known, and what each can do

        Exit status: 0 success, 1 a negative answer or a difference, 2 unusable input (the reason is on stderr).
        """;

    public static RootCommand Create()
    {
        RootCommand root = new(About);
        root.Add(RunCommand.Create());
        root.Add(StatusCommand.Create());
        root.Add(CompileCommand.Create());
        root.Add(ExplainCommand.Create());
        root.Add(MatrixCommand.Create());
        root.Add(VerifyCommand.Create());
        root.Add(DemoCommand.Create());
        root.Add(NicCommand.Create());
        return root;
    }

    /// <summary>Prints what is wrong with a command line, with a suggestion for a typo.</summary>
    public static async Task ReportErrorsAsync(ParseResult parsed, TextWriter error)
    {
        // Of a mistyped word all else follows: that what it stands for is missing, and that its value is out of place.
        string? typo = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        IEnumerable<string> messages = parsed.Errors.Select(problem => problem.Message).Distinct();
        string[] ofTypo = [.. messages.Where(message => message.Contains($"'{typo}'", StringComparison.Ordinal))];
        foreach (string message in ofTypo.Length > 0 ? ofTypo : messages)
        {
            await error.WriteLineAsync($"netpolnic: {message}").ConfigureAwait(false);
        }

        IEnumerable<string> known = parsed.CommandResult.Command.Subcommands.Select(command => command.Name)
            .Concat(parsed.CommandResult.Command.Options.Select(option => option.Name));
        if (typo is not null && known.MinBy(name => Typo.Distance(name, typo)) is { } nearest && Typo.IsLikely(nearest, typo))
        {
            await error.WriteLineAsync($"netpolnic: did you mean '{nearest}'?").ConfigureAwait(false);
        }

        await error.WriteLineAsync($"netpolnic: see '{PathOf(parsed.CommandResult)} --help'").ConfigureAwait(false);
    }

    /// <summary>The words that lead to a command: "netpolnic matrix".</summary>
    private static string PathOf(CommandResult result)
    {
        List<string> words = [];
        for (SymbolResult? at = result; at is not null; at = at.Parent)
        {
            if (at is CommandResult command)
            {
                words.Insert(0, command.Parent is null ? "netpolnic" : command.Command.Name);
            }
        }

        return string.Join(' ', words);
    }
}
