namespace NetPolNic.Agent.Commands;

/// <summary>Finds the repository's examples from the executable's place.</summary>
internal static class ExampleFolders
{
    /// <summary>The folder of one example.</summary>
    /// <exception cref="UnusableInputException">There is none above the executable.</exception>
    public static string Of(string name) => AboveExecutable.Find(Path.Combine("examples", name)) ??
        throw new UnusableInputException($"the example 'examples/{name}' was not found above {AppContext.BaseDirectory}");
}
