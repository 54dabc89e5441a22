using System.CommandLine;
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

    public static Option<IsolationMode> Isolation()
    {
        Option<IsolationMode> option = new("--isolation")
        {
            Description = "What isolates: 'auto' takes v1beta1 policies by namespace annotation and v1 policies by pod, " +
                "'namespace' all by annotation, 'pod' all by pod.",
            HelpName = "auto|namespace|pod",
            DefaultValueFactory = _ => IsolationMode.Auto,
        };
        return option;
    }

    public static Option<string> Nic() => new("--nic")
    {
        Description = "NIC profile to compile for.",
        HelpName = "PROFILE",
        DefaultValueFactory = _ => "mlx5",
    };

    public static Option<OutputFormat> Output(params OutputFormat[] formats)
    {
        string names = string.Join('|', formats).ToLowerInvariant();
        Option<OutputFormat> option = new("--output", "-o")
        {
            Description = "How to print the answer.",
            HelpName = names,
            DefaultValueFactory = _ => OutputFormat.Table,
            CustomParser = result =>
            {
                string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                foreach (OutputFormat format in formats)
                {
                    if (string.Equals(format.ToString(), text, StringComparison.OrdinalIgnoreCase))
                    {
                        return format;
                    }
                }

                result.AddError($"'{text}' is no output format of this command; choose one of {names}");
                return OutputFormat.Table;
            },
        };
        return option;
    }
}
