namespace Emunic.Tests.Support;

/// <summary>The driver under test: where it is, and its build through make, once per process.</summary>
internal static class Driver
{
    private static readonly Lazy<string> s_built = new(() => Build("artifacts/emunic/librte_net_emunic.so"));

    /// <summary>The repository's root folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Path of the built shared object.</summary>
    public static string Path => s_built.Value;

    /// <summary>Builds to <paramref name="relativePath"/> and returns the absolute path.</summary>
    public static string Build(string relativePath, string cppFlags = "")
    {
        string path = System.IO.Path.Combine(Root, relativePath);
        ToolResult result = Tool.Run(
            "make", ["-C", System.IO.Path.Combine(Root, "interop/emunic"), $"OUT={path}", $"CPPFLAGS={cppFlags}"]);
        Assert.True(result.ExitCode == 0, $"make failed:\n{result.Output}");
        return IsBelowWorldWritable(path) ? CopyToPrivateFolder(path) : path;
    }

    // EAL loads no driver from below a folder that anybody may write to; a clone under /tmp is one.
    private static bool IsBelowWorldWritable(string path)
    {
        for (DirectoryInfo? folder = new FileInfo(path).Directory; folder is not null; folder = folder.Parent)
        {
            if ((folder.UnixFileMode & UnixFileMode.OtherWrite) != 0)
            {
                return true;
            }
        }

        return false;
    }

    private static string CopyToPrivateFolder(string path)
    {
        // A folder for each build: all have the same file name, and one that is loaded must not be written over.
        string folder = Directory.CreateDirectory(
            System.IO.Path.Combine("/run", $"netpolnic-emunic-tests-{Environment.ProcessId}-{Guid.NewGuid():N}")).FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        };
        string copy = System.IO.Path.Combine(folder, System.IO.Path.GetFileName(path));
        File.Copy(path, copy);
        return copy;
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "NetPolNic.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("the repository's root was not found");
    }
}
