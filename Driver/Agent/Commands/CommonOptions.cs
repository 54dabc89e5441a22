using System.CommandLine;
using NetPolNic.Agent.Control;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Commands;

/// <summary>Options that several commands share, defined once so that they read alike everywhere.</summary>
internal static class CommonOptions
{
    public static Option<string> Manifests() => new("--manifests", "-f")
    {
        Description = "Folder of Pod, Namespace and NetworkPolicy manifests (YAML or JSON, searched recursively), or - for stdin.",
        HelpName = "DIR",
        Required = true,
    };

    public static Option<string?> Node() => new("--node")
    {
        Description = "Node whose pods are local, by spec.nodeName; without it every pod counts as local.",
        HelpName = "NAME",
    };

    public static Option<string> Isolation()
    {
        Option<string> option = new("--isolation")
        {
            Description = "What isolates: 'auto' takes v1beta1 policies by namespace annotation and v1 policies by pod, " +
                "'namespace' all by annotation, 'pod' all by pod.",
            HelpName = "auto|namespace|pod",
            DefaultValueFactory = _ => "auto",
        };
        return option.AcceptOnlyFromAmong("auto", "namespace", "pod");
    }

    /// <summary>The value of <see cref="Isolation"/>.</summary>
    public static IsolationMode Mode(this ParseResult parsed, Option<string> isolation) =>
        Enum.Parse<IsolationMode>(parsed.GetRequiredValue(isolation), ignoreCase: true);

    /// <summary>The value of <see cref="Output"/>.</summary>
    public static OutputFormat Format(this ParseResult parsed, Option<string> output) =>
        Enum.Parse<OutputFormat>(parsed.GetRequiredValue(output), ignoreCase: true);

    public static Option<string> Nic() => new("--nic")
    {
        Description = "NIC profile to compile for: a name ('netpolnic nic' lists them) or a JSON file.",
        HelpName = "PROFILE",
        DefaultValueFactory = _ => "mlx5",
    };

    public static Option<string?> Socket() => new("--socket")
    {
        Description = $"Control socket of the running agent [${ControlSocket.Variable}, or {ControlSocket.DefaultPath}].",
        HelpName = "PATH",
    };

    public static Option<string> Output(params OutputFormat[] formats)
    {
        string[] names = [.. formats.Select(format => format.ToString().ToLowerInvariant())];
        Option<string> option = new("--output", "-o")
        {
            Description = "How to print the answer.",
            HelpName = string.Join('|', names),
            DefaultValueFactory = _ => names[0],
        };
        return option.AcceptOnlyFromAmong(names);
    }
}
