using System.Text.RegularExpressions;

namespace NetPolNic.Cluster.Validation;

/// <summary>
/// The syntax of names, label keys, label values and port names. Every method returns null or the reason.
/// </summary>
/// <remarks>Source: RFC 1123, RFC 6335, and the Kubernetes documentation "Object Names and IDs", "Labels and
/// Selectors".</remarks>
internal static partial class NameRules
{
    private const int LabelMax = 63;
    private const int SubdomainMax = 253;
    private const int PortNameMax = 15;

    /// <summary>DNS-1123 label, as for namespaces.</summary>
    public static string? DnsLabel(string name) =>
        name.Length > LabelMax
            ? "must be no more than 63 characters"
            : DnsLabelPattern().IsMatch(name)
                ? null
                : "must consist of lower case letters, digits and '-', and start and end with a letter or digit";

    /// <summary>DNS-1123 subdomain, as for pods and policies.</summary>
    public static string? DnsSubdomain(string name) =>
        name.Length > SubdomainMax
            ? "must be no more than 253 characters"
            : DnsSubdomainPattern().IsMatch(name)
                ? null
                : "must consist of lower case letters, digits, '-' and '.', and start and end with a letter or digit";

    /// <summary>Key of a label or annotation: [dns-subdomain/]name.</summary>
    public static string? QualifiedName(string key)
    {
        string[] parts = key.Split('/');
        if (parts.Length > 2)
        {
            return "a key has at most one '/'";
        }

        if (parts.Length == 2)
        {
            string? bad = parts[0].Length == 0 ? "must not be empty" : DnsSubdomain(parts[0]);
            if (bad is not null)
            {
                return $"the prefix of a key {bad}";
            }
        }

        string name = parts[^1];
        return name.Length == 0
            ? "the name part of a key must not be empty"
            : name.Length > LabelMax
                ? "the name part of a key must be no more than 63 characters"
                : LabelNamePattern().IsMatch(name)
                    ? null
                    : "a key must consist of letters, digits, '-', '_' and '.', " +
                      "and start and end with a letter or digit";
    }

    /// <summary>Value of a label; may be empty.</summary>
    public static string? LabelValue(string value) =>
        value.Length > LabelMax
            ? "a label value must be no more than 63 characters"
            : value.Length == 0 || LabelNamePattern().IsMatch(value)
                ? null
                : "a label value must be empty or consist of letters, digits, '-', '_' and '.', " +
                  "and start and end with a letter or digit";

    /// <summary>IANA service name (RFC 6335, 5.1), as for container ports.</summary>
    public static string? PortName(string name)
    {
        if (name.Length > PortNameMax)
        {
            return "a port name must be no more than 15 characters";
        }

        if (!PortNamePattern().IsMatch(name))
        {
            return "a port name must consist of lower case letters, digits and '-'";
        }

        if (!name.AsSpan().ContainsAnyInRange('a', 'z'))
        {
            return "a port name must contain at least one letter";
        }

        return name.StartsWith('-') || name.EndsWith('-') || name.Contains("--", StringComparison.Ordinal)
            ? "a port name must not begin or end with '-' or contain '--'"
            : null;
    }

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex DnsLabelPattern();

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex DnsSubdomainPattern();

    [GeneratedRegex(@"\A[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?\z")]
    private static partial Regex LabelNamePattern();

    [GeneratedRegex(@"\A[-a-z0-9]+\z")]
    private static partial Regex PortNamePattern();
}
