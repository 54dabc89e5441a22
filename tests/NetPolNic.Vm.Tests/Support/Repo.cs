namespace NetPolNic.Vm.Tests.Support;

/// <summary>Finds files of the repository from where the tests run.</summary>
internal static class Repo
{
    /// <summary>The folder with the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A path below the root.</summary>
    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "NetPolNic.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no NetPolNic.sln above {AppContext.BaseDirectory}");
    }
}
