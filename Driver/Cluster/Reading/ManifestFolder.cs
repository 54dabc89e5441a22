namespace NetPolNic.Cluster.Reading;

/// <summary>Lists the manifest files of a folder.</summary>
/// <remarks>
/// Recursive, in ordinal order of the paths. Names that begin with '.', '#' or '~' are skipped: hidden files, editors'
/// temporary files, and the "..data" folders of a mounted ConfigMap, whose files also stand beside them as links.
/// </remarks>
internal static class ManifestFolder
{
    private static readonly string[] s_extensions = [".yaml", ".yml", ".json"];

    /// <summary>Paths of the manifest files, each joined with <paramref name="folder"/> as given.</summary>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be read.</exception>
    public static IReadOnlyList<string> List(string folder)
    {
        List<string> files = [];
        Walk(folder, 0, new HashSet<string>(StringComparer.Ordinal), files);
        files.Sort(StringComparer.Ordinal);
        return files;
    }

    /// <summary>Whether the name is that of a JSON file.</summary>
    public static bool IsJson(string file) =>
        Path.GetExtension(file).Equals(".json", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The links in a folder whose names are hidden, with their targets: what a ConfigMap update replaces.
    /// </summary>
    public static IEnumerable<string> HiddenLinks(string folder) =>
        new DirectoryInfo(folder).EnumerateFileSystemInfos(".*")
            .Where(entry => entry.LinkTarget is not null)
            .Select(entry => $"{entry.Name}>{entry.LinkTarget}")
            .Order(StringComparer.Ordinal);

    private static void Walk(string folder, int depth, HashSet<string> visited, List<string> files)
    {
        // A link back to a folder that was visited already would never end.
        if (depth > Limits.FolderDepth || !visited.Add(RealPath(folder)))
        {
            return;
        }

        foreach (FileSystemInfo entry in new DirectoryInfo(folder).EnumerateFileSystemInfos()
            .OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            string path = Path.Combine(folder, entry.Name);
            if (entry.Name[0] is '.' or '#' or '~')
            {
                continue;
            }

            if (Directory.Exists(path))
            {
                Walk(path, depth + 1, visited, files);
            }
            else if (s_extensions.Contains(entry.Extension, StringComparer.OrdinalIgnoreCase))
            {
                files.Add(path);
            }
        }
    }

    private static string RealPath(string folder) =>
        new DirectoryInfo(folder).ResolveLinkTarget(true)?.FullName ?? Path.GetFullPath(folder);
}
