namespace NetPolNic.Deploy.Tests.Support;

/// <summary>A folder that goes away with the test.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("npn-deploy-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
