using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using NetPolNic.Cluster;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;
using Spectre.Console;

namespace NetPolNic.Agent.Commands;

/// <summary>Reads what commands work on; anything unusable becomes an <see cref="UnusableInputException"/>.</summary>
internal static class Inputs
{
    /// <summary>Reads manifests; problems go to stderr, all of them, and errors end the command.</summary>
    public static ClusterState Manifests(string folderOrDash, TextWriter error)
    {
        ManifestLoad load = ManifestReader.Read(folderOrDash);
        foreach (ManifestProblem problem in load.Problems)
        {
            // The word stands in front here, so the problem need not say it again.
            error.WriteLine($"{(problem.IsWarning ? "warning" : "error")}: {problem with { IsWarning = false }}");
        }

        int errors = load.Problems.Count(problem => !problem.IsWarning);
        return load.State ?? throw new UnusableInputException(
            $"{folderOrDash}: {errors} {(errors == 1 ? "error" : "errors")} in the manifests");
    }

    /// <summary>Resolves the policy in force; what an operator should know about it goes to stderr (S-a4).</summary>
    public static PolicySnapshot Resolve(ClusterState state, IsolationMode mode, string? nodeName, TextWriter error)
    {
        PolicySnapshot snapshot = new PolicyResolver(mode).Resolve(state, nodeName);
        foreach (PolicyWarning warning in snapshot.Warnings)
        {
            error.WriteLine($"warning: {warning}");
        }

        return snapshot;
    }

    /// <summary>Loads a NIC profile by name, or from a file where the word is a path (a folder in it, or .json at its end).</summary>
    public static NicCapabilities Nic(string nameOrPath)
    {
        if (NicProfiles.IsKnown(nameOrPath))
        {
            return NicProfiles.Load(nameOrPath);
        }

        if (NicProfiles.IsPath(nameOrPath))
        {
            return NicFile(nameOrPath);
        }

        string nearest = NicProfiles.Names.Concat(NicProfiles.Aliases.Keys).MinBy(name => Typo.Distance(name, nameOrPath))!;
        string hint = Typo.IsLikely(nearest, nameOrPath) ? $"; did you mean '{nearest}'?" : "";
        throw new UnusableInputException(
            $"no NIC profile is called '{nameOrPath}'; there are {string.Join(", ", NicProfiles.Names)}{hint}");
    }

    private static NicCapabilities NicFile(string path)
    {
        try
        {
            return NicProfiles.ReadFile(path);
        }
        catch (Exception problem) when (problem is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new UnusableInputException($"--nic {path}: {problem.Message}", problem);
        }
    }

    /// <summary>Refuses a node name that no pod has: a typo would silently enforce nothing.</summary>
    public static void CheckNode(ClusterState state, [NotNullWhen(false)] string? nodeName)
    {
        if (nodeName is null || state.Pods.Any(pod => pod.NodeName == nodeName))
        {
            return;
        }

        ImmutableArray<string> nodes =
            [.. state.Pods.Select(pod => pod.NodeName).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        throw new UnusableInputException(nodes.IsEmpty
            ? $"no pod has a spec.nodeName, so none is on node '{nodeName}'"
            : $"no pod is on node '{nodeName}'; pods are on {string.Join(", ", nodes)}");
    }

    /// <summary>A console that writes to <paramref name="output"/>, in colour only on a terminal.</summary>
    public static IAnsiConsole Console(TextWriter output)
    {
        bool colours = IsTerminal(output) && IsColourWanted;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colours ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = colours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        if (!IsTerminal(output))
        {
            console.Profile.Width = RedirectedWidth;
        }

        return console;
    }

    /// <summary>Whether a person looks at what is written.</summary>
    public static bool IsTerminal(TextWriter output) =>
        ReferenceEquals(output, System.Console.Out) && !System.Console.IsOutputRedirected;

    /// <summary>Nobody has asked for no colours (no-color.org).</summary>
    public static bool IsColourWanted => Environment.GetEnvironmentVariable("NO_COLOR") is null or "";

    /// <summary>Columns to fill where no terminal says: the COLUMNS variable, or 120.</summary>
    public static int RedirectedWidth =>
        int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), out int width) && width >= 40 ? width : 120;
}
