namespace NetPolNic.Agent.Tests;

/// <summary>Runs one netpolnic command line in this process.</summary>
internal static class CommandLine
{
    /// <summary>The repository's examples.</summary>
    public static string Example(string name) => Path.Combine(Root, "examples", name);

    private static string Root
    {
        get
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "NetPolNic.sln")))
            {
                folder = folder.Parent;
            }

            return folder?.FullName ?? throw new InvalidOperationException("the repository's root was not found");
        }
    }

    public static async Task<(int Status, string Output, string Error)> RunAsync(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int status = await Program.RunAsync(args, output, error);
        return (status, output.ToString(), error.ToString());
    }
}
