using System.Globalization;
using System.Text;

namespace NetPolNic.Cluster.Reading;

/// <summary>
/// What a folder looks like from outside: names, lengths and times of its manifests. Equal means unchanged.
/// </summary>
internal sealed record FolderState(string Description)
{
    /// <summary>Looks at a folder or a single file; one that is missing has a state, too.</summary>
    public static FolderState Of(string path)
    {
        StringBuilder text = new();
        try
        {
            IReadOnlyList<string> files = Directory.Exists(path) ? ManifestFolder.List(path) : [path];
            foreach (string folder in files.Select(file => Path.GetDirectoryName(file) ?? "").Distinct())
            {
                if (Directory.Exists(folder))
                {
                    text.AppendJoin('|', ManifestFolder.HiddenLinks(folder)).Append('\n');
                }
            }

            foreach (string file in files)
            {
                Describe(file, text);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            text.Append(e.GetType().Name);
        }

        return new FolderState(text.ToString());
    }

    private static void Describe(string file, StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"{file}|");
        try
        {
            FileInfo info = new(file);
            if (info.LinkTarget is not null && info.ResolveLinkTarget(true) is FileInfo target)
            {
                text.Append(target.FullName);
                info = target;
            }

            if (info.Exists)
            {
                text.Append(CultureInfo.InvariantCulture, $"|{info.Length}|{info.LastWriteTimeUtc.Ticks}");
            }
        }
        catch (IOException e)
        {
            text.Append(e.GetType().Name);
        }

        text.Append('\n');
    }
}
