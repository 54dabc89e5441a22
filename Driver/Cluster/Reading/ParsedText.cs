namespace NetPolNic.Cluster.Reading;

/// <summary>The documents of one file, and the parts of it that could not be read.</summary>
internal sealed record ParsedText(IReadOnlyList<ManifestNode> Documents, IReadOnlyList<SyntaxProblem> Problems);
