using NetPolNic.Agent;
using NetPolNic.Agent.Commands;

namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>Runs one netpolnic command line in this process.</summary>
internal static class Netpolnic
{
    /// <summary>One of the repository's examples.</summary>
    public static string Example(string name) => ExampleFolders.Of(name);

    public static async Task<(int Status, string Output, string Error)> RunAsync(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int status = await Program.RunAsync(args, output, error);
        return (status, output.ToString(), error.ToString());
    }
}
