using System.Globalization;

namespace NetPolNic.Cluster;

/// <summary>One thing that is wrong with a manifest, with the place where it stands.</summary>
/// <param name="File">File name as given (folder joined with the relative path), or "-" for standard input.</param>
/// <param name="Line">Line in that file, counted from 1; 0 where the problem is the file as a whole.</param>
/// <param name="ObjectName">"Kind namespace/name" ("Kind name" for namespaces), or empty outside any object.</param>
/// <param name="Field">Field path such as <c>spec.ingress[0].from[1].ipBlock.except[0]</c>, or empty.</param>
/// <param name="Reason">What is wrong, in one sentence without a full stop.</param>
/// <param name="IsWarning">The object is used all the same; every other problem refuses the whole load.</param>
public sealed record ManifestProblem(
    string File,
    int Line,
    string ObjectName,
    string Field,
    string Reason,
    bool IsWarning)
{
    /// <summary>"file:line: Kind namespace/name: field: reason"; empty parts are left out.</summary>
    public override string ToString()
    {
        List<string> parts =
        [
            Line > 0 ? string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}") : File,
            IsWarning ? "warning" : "",
            ObjectName,
            Field,
            Reason,
        ];
        return string.Join(": ", parts.Where(part => part.Length > 0));
    }
}
