using k8s.Models;
using NetPolNic.Cluster.Mapping;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Validation;

/// <summary>Checks ipBlock peers (S-b7).</summary>
internal static class IpBlockValidator
{
    public static void Validate(V1IPBlock block, FieldPath path, ProblemList problems)
    {
        FieldPath cidrPath = path.Child("cidr");
        IpPrefix? cidr = null;
        if (string.IsNullOrEmpty(block.Cidr))
        {
            problems.Required(cidrPath);
        }
        else
        {
            cidr = ReadBlock(block.Cidr, cidrPath, problems);
        }

        int index = 0;
        foreach (string? text in block.Except ?? [])
        {
            FieldPath exceptPath = path.Child("except").Index(index++);
            if (ReadBlock(text ?? "", exceptPath, problems) is not { } except || cidr is not { } outer)
            {
                continue;
            }

            if (except.Family != outer.Family)
            {
                problems.Invalid(exceptPath, text!, $"must be of the same address family as cidr {block.Cidr}");
            }
            else if (!outer.Contains(except) || except.Length == outer.Length)
            {
                problems.Invalid(exceptPath, text!, $"must lie strictly inside cidr {block.Cidr}");
            }
        }
    }

    private static IpPrefix? ReadBlock(string text, FieldPath path, ProblemList problems)
    {
        if (AddressText.TryParseBlock(text, out IpPrefix block))
        {
            string plain = AddressText.WithoutLeadingZeros(text);
            if (plain != text)
            {
                problems.Warn(path, $"{Wording.Quote(text)} has leading zeros; it is read as {block}");
            }
            else if (IpAddr.Parse(text[..text.IndexOf('/', StringComparison.Ordinal)]) != block.Addr)
            {
                problems.Warn(path, $"{Wording.Quote(text)} has bits behind its prefix length; it is read as {block}");
            }

            return block;
        }

        bool isMapped = IpAddr.TryParse(text.Split('/')[0], out IpAddr address) &&
            address.Family == IpFamily.V4 && text.Contains(':', StringComparison.Ordinal);
        string reason = isMapped
            ? "must not be IPv4-mapped; write the IPv4 block"
            : IpAddr.TryParse(text, out address)
                ? $"must be a CIDR block; for this one address write {text}/{address.Bits}"
                : "must be a CIDR block such as 10.0.0.0/8 or fd00::/8";
        problems.Invalid(path, text, reason);
        return null;
    }
}
