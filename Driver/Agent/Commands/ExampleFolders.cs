namespace NetPolNic.Agent.Commands;

/// <summary>Finds the repository's examples from the executable's place.</summary>
internal static class ExampleFolders
{
    /// <summary>The folder of one example.</summary>
    /// <exception cref="UnusableInputException">There is none above the executable.</exception>
    public static string Of(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "examples", name);
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new UnusableInputException($"the example 'examples/{name}' was not found above {AppContext.BaseDirectory}");
    }
}
