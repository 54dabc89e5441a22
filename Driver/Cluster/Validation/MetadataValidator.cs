using k8s.Models;

namespace NetPolNic.Cluster.Validation;

/// <summary>Checks metadata as the API server does on creation.</summary>
internal static class MetadataValidator
{
    /// <summary>Total size of keys and values of all annotations, in characters.</summary>
    private const int AnnotationsMax = 256 * 1024;

    /// <summary>Checks the metadata of an object.</summary>
    /// <param name="metadata">May be null: then the name is missing.</param>
    /// <param name="isNamespaced">Whether the kind lives in a namespace.</param>
    /// <param name="nameRule">Syntax of the name; null result is good.</param>
    /// <param name="problems">Receives what is wrong.</param>
    public static void Validate(
        V1ObjectMeta? metadata, bool isNamespaced, Func<string, string?> nameRule, ProblemList problems)
    {
        FieldPath path = FieldPath.Root.Child("metadata");
        if (string.IsNullOrEmpty(metadata?.Name))
        {
            bool generated = !string.IsNullOrEmpty(metadata?.GenerateName);
            problems.Required(path.Child("name"), generated ? "only an API server can fill in generateName" : null);
        }
        else
        {
            problems.InvalidIf(path.Child("name"), metadata.Name, nameRule(metadata.Name));
        }

        if (!string.IsNullOrEmpty(metadata?.NamespaceProperty))
        {
            string value = metadata.NamespaceProperty;
            if (isNamespaced)
            {
                problems.InvalidIf(path.Child("namespace"), value, NameRules.DnsLabel(value));
            }
            else
            {
                problems.Forbidden(path.Child("namespace"), "this kind does not live in a namespace");
            }
        }

        ValidateLabels(metadata?.Labels, path.Child("labels"), problems);
        ValidateAnnotations(metadata?.Annotations, path.Child("annotations"), problems);
    }

    /// <summary>Checks the keys and values of labels, of an object or of matchLabels.</summary>
    public static void ValidateLabels(IDictionary<string, string>? labels, FieldPath path, ProblemList problems)
    {
        foreach ((string key, string value) in labels ?? new Dictionary<string, string>())
        {
            problems.InvalidIf(path.Key(key), key, NameRules.QualifiedName(key));
            problems.InvalidIf(path.Key(key), value, NameRules.LabelValue(value));
        }
    }

    private static void ValidateAnnotations(
        IDictionary<string, string>? annotations, FieldPath path, ProblemList problems)
    {
        long length = 0;
        foreach ((string key, string value) in annotations ?? new Dictionary<string, string>())
        {
            length += key.Length + value.Length;
#pragma warning disable CA1308 // Annotation keys may be upper case; the rule is written for lower case.
            problems.InvalidIf(path.Key(key), key, NameRules.QualifiedName(key.ToLowerInvariant()));
#pragma warning restore CA1308
        }

        if (length > AnnotationsMax)
        {
            problems.Forbidden(path, "all annotations together must be no more than 262144 characters");
        }
    }
}
