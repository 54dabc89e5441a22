namespace NetPolNic.Policy.Resolve;

/// <summary>What an operator should know about an object (SEMANTICS a4, d2, ...). Equal by content.</summary>
/// <param name="Text">One sentence that names the object.</param>
/// <param name="Kind">What kind of object.</param>
/// <param name="Namespace">The policy's namespace; the namespace itself; empty for an address.</param>
/// <param name="Name">The policy's name; empty for a namespace; the address as text.</param>
public sealed record PolicyWarning(string Text, WarningSubject Kind, string Namespace, string Name)
    : IComparable<PolicyWarning>
{
    /// <summary>By text (ordinal), then by object.</summary>
    public int CompareTo(PolicyWarning? other)
    {
        if (other is null)
        {
            return 1;
        }

        int order = string.CompareOrdinal(Text, other.Text);
        order = order != 0 ? order : Kind.CompareTo(other.Kind);
        order = order != 0 ? order : string.CompareOrdinal(Namespace, other.Namespace);
        return order != 0 ? order : string.CompareOrdinal(Name, other.Name);
    }

    public static bool operator <(PolicyWarning left, PolicyWarning right) => left.CompareTo(right) < 0;

    public static bool operator <=(PolicyWarning left, PolicyWarning right) => left.CompareTo(right) <= 0;

    public static bool operator >(PolicyWarning left, PolicyWarning right) => left.CompareTo(right) > 0;

    public static bool operator >=(PolicyWarning left, PolicyWarning right) => left.CompareTo(right) >= 0;

    public override string ToString() => Text;
}
