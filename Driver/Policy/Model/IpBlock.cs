using System.Collections.Immutable;

namespace NetPolNic.Policy.Model;

/// <summary>An ipBlock with its exceptions (SEMANTICS b7).</summary>
public sealed record IpBlock(IpPrefix Cidr, ImmutableArray<IpPrefix> Except);
