namespace NetPolNic.Cluster.Reading;

/// <summary>
/// A document cannot be read at all. Never leaves this project: it becomes a <see cref="ManifestProblem"/>.
/// </summary>
internal sealed class ManifestSyntaxException(int line, string message) : Exception(message)
{
    /// <summary>Line counted from 1.</summary>
    public int Line { get; } = line;
}
