using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>What a direction of an endpoint depends on besides selections: pods with an equal key share the result.</summary>
/// <param name="Direction">The direction.</param>
/// <param name="AnnotatedSpace">The namespace whose annotation isolates, or "".</param>
/// <param name="Policies">Numbers of the policies that speak, ascending.</param>
/// <param name="Ports">The named ports of the pod where they count, else "".</param>
internal sealed record DirectionKey(
    Direction Direction,
    string AnnotatedSpace,
    ImmutableArray<long> Policies,
    string Ports)
{
    public bool Equals(DirectionKey? other) => other is not null && Direction == other.Direction &&
        AnnotatedSpace == other.AnnotatedSpace && Ports == other.Ports &&
        Policies.AsSpan().SequenceEqual(other.Policies.AsSpan());

    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(Direction);
        hash.Add(AnnotatedSpace);
        hash.Add(Ports);
        foreach (long policy in Policies)
        {
            hash.Add(policy);
        }

        return hash.ToHashCode();
    }
}
