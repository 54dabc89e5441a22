using k8s.Models;

namespace NetPolNic.Cluster.Validation;

/// <summary>Checks a v1 Namespace. The isolation annotation may hold anything (S-a4).</summary>
public static class NamespaceValidator
{
    private const string NameLabel = "kubernetes.io/metadata.name";

    /// <summary>Everything that is wrong with the namespace; empty when it is valid.</summary>
    public static IReadOnlyList<FieldProblem> Validate(V1Namespace ns)
    {
        ArgumentNullException.ThrowIfNull(ns);
        ProblemList problems = new();
        MetadataValidator.Validate(ns.Metadata, false, NameRules.DnsLabel, problems);
        if (ns.Metadata?.Labels?.TryGetValue(NameLabel, out string? label) == true && label != ns.Metadata.Name)
        {
            // S-b10: the API server overwrites it.
            problems.Warn(
                FieldPath.Root.Child("metadata").Child("labels").Key(NameLabel),
                $"{Wording.Quote(label)} is read as the namespace's name, as the API server sets it");
        }

        return problems.Problems;
    }
}
