using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NetPolNic.Cluster.Reading;

namespace NetPolNic.Cluster;

/// <summary>
/// Reads manifests once: YAML or JSON, several documents to a file, List kinds included (S-d1). Never throws on
/// input.
/// </summary>
public static class ManifestReader
{
    /// <summary>The name of standard input.</summary>
    public const string StandardInput = "-";

    private const string NothingFound = "no Kubernetes object found";

    private static readonly string s_tooLarge = string.Create(
        CultureInfo.InvariantCulture, $"larger than {Limits.FileBytes >> 20} MiB");

    /// <summary>Reads a folder or a file, or standard input for "-".</summary>
    public static ManifestLoad Read(string folderOrDash) =>
        folderOrDash == StandardInput ? ReadStandardInput(Console.OpenStandardInput()) : ReadFolder(folderOrDash);

    /// <summary>
    /// Reads every *.yaml, *.yml and *.json of a folder, recursively, or the one file that the path names.
    /// </summary>
    public static ManifestLoad ReadFolder(string path) => ReadFolder(path, out _);

    /// <summary>Reads a text; JSON is recognised by its first character.</summary>
    /// <param name="reader">The text; it is read to its end and not closed.</param>
    /// <param name="name">Name in problems.</param>
    public static ManifestLoad ReadStream(TextReader reader, string name = StandardInput)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(name);
        LoadBuilder load = new();
        try
        {
            Add(name, ManifestText.Parse(reader.ReadToEnd(), ManifestFolder.IsJson(name)), load);
        }
        catch (Exception e) when (e is IOException or DecoderFallbackException)
        {
            load.Report(name, 0, e is IOException ? e.Message : "the text is not valid UTF-8");
        }

        return Finish(load, name);
    }

    /// <summary>
    /// Reads a folder and returns a digest of all that was read, for finding out whether anything changed.
    /// </summary>
    internal static ManifestLoad ReadFolder(string path, out string digest)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        LoadBuilder load = new();
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in ListFiles(path, load))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(file + "\0"));
            ReadFile(file, load, hash);
        }

        ManifestLoad read = Finish(load, path);
        digest = Convert.ToHexString(hash.GetHashAndReset());
        return read;
    }

    /// <summary>Reads a stream of bytes to its end.</summary>
    internal static ManifestLoad ReadStandardInput(Stream input)
    {
        LoadBuilder load = new();
        try
        {
            using MemoryStream bytes = new();
            byte[] block = new byte[1 << 16];
            int length = input.Read(block);
            while (length > 0 && bytes.Length <= Limits.FileBytes)
            {
                bytes.Write(block, 0, length);
                length = input.Read(block);
            }

            if (bytes.Length > Limits.FileBytes)
            {
                load.Report(StandardInput, 0, s_tooLarge);
            }
            else
            {
                Add(StandardInput, ManifestText.Parse(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), false), load);
            }
        }
        catch (IOException e)
        {
            load.Report(StandardInput, 0, $"standard input cannot be read: {e.Message}");
        }

        return Finish(load, StandardInput);
    }

    private static IReadOnlyList<string> ListFiles(string path, LoadBuilder load)
    {
        try
        {
            if (File.Exists(path))
            {
                return [path];
            }

            if (!Directory.Exists(path))
            {
                load.Report(path, 0, "there is no such folder or file");
                return [];
            }

            IReadOnlyList<string> files = ManifestFolder.List(path);
            if (files.Count == 0)
            {
                load.Report(path, 0, "the folder has no *.yaml, *.yml or *.json file");
            }

            return files;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            load.Report(path, 0, $"the folder cannot be read: {e.Message}");
            return [];
        }
    }

    private static void ReadFile(string file, LoadBuilder load, IncrementalHash hash)
    {
        try
        {
            FileInfo info = new(file);
            if (info.LinkTarget is { } target && info.ResolveLinkTarget(true) is { Exists: false })
            {
                load.Report(file, 0, $"the link points to {target}, which does not exist");
                return;
            }

            using FileStream stream = File.OpenRead(file);
            if (stream.Length > Limits.FileBytes)
            {
                load.Report(file, 0, s_tooLarge);
                return;
            }

            byte[] bytes = new byte[stream.Length];
            int length = stream.ReadAtLeast(bytes, bytes.Length, false);
            hash.AppendData(bytes, 0, length);
            Add(file, ManifestText.Parse(bytes.AsSpan(0, length), ManifestFolder.IsJson(file)), load);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            load.Report(file, 0, $"the file cannot be read: {e.Message}");
        }
    }

    private static void Add(string file, ParsedText text, LoadBuilder load)
    {
        ObjectReader reader = new(file, load);
        foreach (ManifestNode document in text.Documents)
        {
            reader.Read(document);
        }

        foreach (SyntaxProblem problem in text.Problems)
        {
            load.Report(file, problem.Line, problem.Reason);
        }
    }

    private static ManifestLoad Finish(LoadBuilder load, string name)
    {
        ManifestLoad read = load.Build();
        if (load.DocumentCount == 0 && read.Problems.IsEmpty)
        {
            load.Report(name, 0, NothingFound);
            return load.Build();
        }

        return read;
    }
}
