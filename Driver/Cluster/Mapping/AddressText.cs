using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Mapping;

/// <summary>Reads addresses and blocks as they stand in Kubernetes objects.</summary>
internal static partial class AddressText
{
    /// <summary>
    /// Reads "address/length". IPv4-mapped IPv6 blocks are refused: <see cref="IpPrefix"/> would read
    /// "::ffff:10.0.0.0/24" as 10.0.0.0/24, the API server as ::/24.
    /// </summary>
    public static bool TryParseBlock([NotNullWhen(true)] string? text, out IpPrefix block)
    {
        block = default;
        return text is not null && IpPrefix.TryParse(WithoutLeadingZeros(text), out block) &&
            (block.Family == IpFamily.V6 || !text.Contains(':'));
    }

    /// <summary>
    /// The text of an IPv4 block as its numbers are meant: the API server reads 010 as ten (k8s.io/utils/net,
    /// ParseCIDRSloppy), other programs as eight or not at all.
    /// </summary>
    public static string WithoutLeadingZeros(string text) => text.Contains(':') ? text : LeadingZeros().Replace(text, "");

    [GeneratedRegex("(?<![0-9])0+(?=[0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex LeadingZeros();
}
