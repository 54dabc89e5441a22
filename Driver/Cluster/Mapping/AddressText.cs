using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Mapping;

/// <summary>Reads addresses and blocks as they stand in Kubernetes objects.</summary>
internal static class AddressText
{
    /// <summary>
    /// Reads "address/length". IPv4-mapped IPv6 blocks are refused: <see cref="IpPrefix"/> would read
    /// "::ffff:10.0.0.0/24" as 10.0.0.0/24, the API server as ::/24.
    /// </summary>
    public static bool TryParseBlock(string? text, out IpPrefix block) =>
        IpPrefix.TryParse(text, out block) && (block.Family == IpFamily.V6 || !text.Contains(':'));
}
