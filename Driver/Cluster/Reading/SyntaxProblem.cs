namespace NetPolNic.Cluster.Reading;

/// <summary>A place where a file is no YAML or JSON.</summary>
/// <param name="Line">Line counted from 1.</param>
/// <param name="Reason">What is wrong.</param>
internal sealed record SyntaxProblem(int Line, string Reason);
