using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>
/// The effective policy of one direction of an endpoint: isolated or not, and the allow rules. Canonical: rules with
/// the same peers are merged, sorted; equal policy gives equal sets whatever the objects' order. Interned per resolver.
/// </summary>
public sealed class PolicySet : IEquatable<PolicySet>
{
    private PolicySet(bool isolated, ImmutableArray<AllowRule> rules)
    {
        IsIsolated = isolated;
        Rules = rules;
    }

    /// <summary>Not isolated: everything passes.</summary>
    public static PolicySet Open { get; } = new(false, []);

    /// <summary>Isolated without a rule: nothing passes.</summary>
    public static PolicySet Closed { get; } = new(true, []);

    public bool IsIsolated { get; }

    /// <summary>Allow rules; empty where not isolated.</summary>
    public ImmutableArray<AllowRule> Rules { get; }

    public static PolicySet Of(IEnumerable<AllowRule> rules) => throw new NotImplementedException();

    /// <summary>Whether the set lets a connection's first packet through; the peer's exemption is the endpoint's business.</summary>
    public bool Allows(IpAddr peer, byte ipProto, ushort dstL4Port) => throw new NotImplementedException();

    public bool Equals(PolicySet? other) => throw new NotImplementedException();

    public override bool Equals(object? obj) => Equals(obj as PolicySet);

    public override int GetHashCode() => throw new NotImplementedException();
}
