using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>Which line of policy a resolved rule came from.</summary>
/// <param name="PolicyUid">UID of the policy; empty where a namespace's annotation isolates.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name; empty where a namespace's annotation isolates.</param>
/// <param name="Direction">The list the rule stands in.</param>
/// <param name="RuleIndex">Index in ingress/egress, or -1: the policy only isolates.</param>
/// <param name="PeerIndex">Index in from/to, or -1: the list is missing or empty.</param>
/// <param name="PortIndex">Index in ports, or -1: the list is missing or empty.</param>
public readonly record struct RuleOrigin(
    string PolicyUid,
    string Namespace,
    string Name,
    Direction Direction,
    int RuleIndex,
    int PeerIndex,
    int PortIndex) : IComparable<RuleOrigin>
{
    /// <summary>The isolation annotation of a namespace rather than a policy (SEMANTICS a3).</summary>
    public bool IsNamespaceAnnotation => Name.Length == 0;

    /// <summary>The origin of isolation by a namespace's annotation.</summary>
    public static RuleOrigin OfAnnotation(string ns) => new("", ns, "", Direction.Ingress, -1, -1, -1);

    /// <summary>By namespace, name, UID (ordinal), then direction and indexes.</summary>
    public int CompareTo(RuleOrigin other)
    {
        int order = string.CompareOrdinal(Namespace, other.Namespace);
        order = order != 0 ? order : string.CompareOrdinal(Name, other.Name);
        order = order != 0 ? order : string.CompareOrdinal(PolicyUid, other.PolicyUid);
        return order != 0
            ? order
            : (Direction, RuleIndex, PeerIndex, PortIndex).CompareTo(
                (other.Direction, other.RuleIndex, other.PeerIndex, other.PortIndex));
    }

    public static bool operator <(RuleOrigin left, RuleOrigin right) => left.CompareTo(right) < 0;

    public static bool operator <=(RuleOrigin left, RuleOrigin right) => left.CompareTo(right) <= 0;

    public static bool operator >(RuleOrigin left, RuleOrigin right) => left.CompareTo(right) > 0;

    public static bool operator >=(RuleOrigin left, RuleOrigin right) => left.CompareTo(right) >= 0;

    /// <summary>For example <c>default/db ingress[0].from[1].ports[0]</c>.</summary>
    public override string ToString()
    {
        if (IsNamespaceAnnotation)
        {
            return $"namespace {Namespace} annotation";
        }

        string text = $"{Namespace}/{Name}";
        if (RuleIndex < 0)
        {
            return text;
        }

        bool ingress = Direction == Direction.Ingress;
        text += FormattableString.Invariant($" {(ingress ? "ingress" : "egress")}[{RuleIndex}]");
        text += PeerIndex < 0 ? "" : FormattableString.Invariant($".{(ingress ? "from" : "to")}[{PeerIndex}]");
        return text + (PortIndex < 0 ? "" : FormattableString.Invariant($".ports[{PortIndex}]"));
    }

    internal static List<RuleOrigin> SortedDistinct(IEnumerable<RuleOrigin> origins)
    {
        List<RuleOrigin> sorted = [.. origins.Distinct()];
        sorted.Sort();
        return sorted;
    }
}
