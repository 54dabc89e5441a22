using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Output;

/// <summary>Names the line of policy that something came from, the way a user would look for it.</summary>
internal static class OriginText
{
    /// <summary>"default/test-network-policy ingress[0].from[1].ports[0]"; the policy alone where it only isolates.</summary>
    public static string Of(RuleOrigin origin)
    {
        StringBuilder text = new($"{origin.Namespace}/{origin.Name}");
        if (origin.RuleIndex < 0)
        {
            return text.ToString();
        }

        bool ingress = origin.Direction == Direction.Ingress;
        text.Append(CultureInfo.InvariantCulture, $" {(ingress ? "ingress" : "egress")}[{origin.RuleIndex}]");
        if (origin.PeerIndex >= 0)
        {
            text.Append(CultureInfo.InvariantCulture, $".{(ingress ? "from" : "to")}[{origin.PeerIndex}]");
        }

        if (origin.PortIndex >= 0)
        {
            text.Append(CultureInfo.InvariantCulture, $".ports[{origin.PortIndex}]");
        }

        return text.ToString();
    }

    /// <summary>All origins, separated by commas; "-" where there are none.</summary>
    public static string Of(ImmutableArray<RuleOrigin> origins) =>
        origins.IsDefaultOrEmpty ? "-" : string.Join(", ", origins.Select(Of));
}
