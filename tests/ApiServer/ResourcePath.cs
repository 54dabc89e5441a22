namespace NetPolNic.TestApiServer;

/// <summary>A path below an API group version.</summary>
/// <param name="ApiVersion">"v1" or "group/version".</param>
/// <param name="Namespace">Namespace, or empty for all.</param>
/// <param name="Plural">Kind in the plural.</param>
/// <param name="Name">Object, or empty for the collection.</param>
internal sealed record ResourcePath(string ApiVersion, string Namespace, string Plural, string Name)
{
    public static ResourcePath? Parse(string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        (string version, string[] rest) = parts switch
        {
            ["api", var v, .. var r] => (v, r),
            ["apis", var g, var v, .. var r] => ($"{g}/{v}", r),
            _ => ("", []),
        };
        return rest switch
        {
            ["namespaces", var ns, var plural] => new ResourcePath(version, ns, plural, ""),
            ["namespaces", var ns, var plural, var name] => new ResourcePath(version, ns, plural, name),
            [var plural] => new ResourcePath(version, "", plural, ""),
            [var plural, var name] => new ResourcePath(version, "", plural, name),
            _ => null,
        };
    }
}
