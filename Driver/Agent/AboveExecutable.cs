namespace NetPolNic.Agent;

/// <summary>Finds what the repository holds, from a folder above the executable.</summary>
internal static class AboveExecutable
{
    /// <summary>Path of the nearest file or folder of that relative path, or null.</summary>
    public static string? Find(string relativePath)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, relativePath);
            if (Path.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
