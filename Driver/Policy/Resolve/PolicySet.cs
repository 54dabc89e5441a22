using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>
/// The effective policy of one direction of an endpoint: isolated or not, and the allow rules. Canonical: rules with
/// the same peers are merged, then rules with the same ports, then sorted; equal policy gives equal sets whatever the
/// objects' order. Interned per resolver.
/// </summary>
public sealed class PolicySet : IEquatable<PolicySet>
{
    private readonly int _hash;

    private PolicySet(bool isolated, ImmutableArray<AllowRule> rules)
    {
        IsIsolated = isolated;
        Rules = rules;
        HashCode hash = default;
        hash.Add(isolated);
        foreach (AllowRule rule in rules)
        {
            hash.Add(rule);
        }

        _hash = hash.ToHashCode();
    }

    /// <summary>Not isolated: everything passes.</summary>
    public static PolicySet Open { get; } = new(false, []);

    /// <summary>Isolated without a rule: nothing passes.</summary>
    public static PolicySet Closed { get; } = new(true, []);

    public bool IsIsolated { get; }

    /// <summary>
    /// Allow rules; empty where not isolated. No two have equal peers, no two equal ports, none is empty.
    /// </summary>
    public ImmutableArray<AllowRule> Rules { get; }

    /// <summary>The isolated set that allows exactly what one of <paramref name="rules"/> allows.</summary>
    public static PolicySet Of(IEnumerable<AllowRule> rules) =>
        OfCanonical([.. RuleMerger.Merge(rules.Select(r => new RuleMerger.Entry(r, []))).Select(e => e.Rule)]);

    /// <summary>
    /// Whether the set lets a connection's first packet through; the peer's exemption is the endpoint's business.
    /// </summary>
    /// <param name="peer">The other end.</param>
    /// <param name="ipProto">IP protocol number.</param>
    /// <param name="dstL4Port">Destination port, host order; ignored for protocols without ports.</param>
    public bool Allows(IpAddr peer, byte ipProto, ushort dstL4Port)
    {
        if (!IsIsolated)
        {
            return true;
        }

        foreach (AllowRule rule in Rules)
        {
            if (rule.Ports.Contains(ipProto, dstL4Port) && rule.Peers.Contains(peer))
            {
                return true;
            }
        }

        return false;
    }

    public bool Equals(PolicySet? other) => ReferenceEquals(this, other) ||
        (other is not null && _hash == other._hash && IsIsolated == other.IsIsolated &&
            Rules.AsSpan().SequenceEqual(other.Rules.AsSpan()));

    public override bool Equals(object? obj) => Equals(obj as PolicySet);

    public override int GetHashCode() => _hash;

    public override string ToString() =>
        IsIsolated ? $"isolated [{string.Join("; ", Rules.Select(r => $"{r.Peers}: {r.Ports}"))}]" : "open";

    /// <summary>Wraps rules that <see cref="RuleMerger"/> made.</summary>
    internal static PolicySet OfCanonical(ImmutableArray<AllowRule> rules) =>
        rules.IsEmpty ? Closed : new PolicySet(true, rules);
}
