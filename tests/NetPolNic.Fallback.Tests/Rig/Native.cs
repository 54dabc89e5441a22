using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback.Tests.Rig;

/// <summary>The library with the poll loop, as the repository's build has made it.</summary>
internal static class Native
{
    private static readonly Lazy<FastPathLibrary> s_library = new(() => FastPathLibrary.Load(FindPath()));

    public static FastPathLibrary Library => s_library.Value;

    public static FallbackOptions Small => EngineRig.Small with { Library = Library };

    private static string FindPath()
    {
        string relative = Path.Combine("artifacts", "fastpath", FastPathLibrary.FileName);
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, relative)))
            {
                return Path.Combine(folder.FullName, relative);
            }
        }

        throw new InvalidOperationException($"{relative} is not built: ./test.sh builds it, or npn_build_fastpath of .ci/setup.sh");
    }
}
