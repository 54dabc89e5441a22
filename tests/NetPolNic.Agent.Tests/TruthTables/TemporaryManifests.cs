namespace NetPolNic.Agent.Tests.TruthTables;

/// <summary>A folder with one file of manifests, gone when disposed.</summary>
internal sealed class TemporaryManifests : IDisposable
{
    public TemporaryManifests(string text)
    {
        Folder = Directory.CreateTempSubdirectory("netpolnic-truth").FullName;
        File.WriteAllText(Path.Combine(Folder, "manifests.yaml"), text);
    }

    public string Folder { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
