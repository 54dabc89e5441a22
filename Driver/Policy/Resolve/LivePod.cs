using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>A pod of its own network that owns an address: what selectors match and endpoints are made of.</summary>
/// <param name="Pod">The object.</param>
/// <param name="Space">Its namespace.</param>
/// <param name="Addresses">Its distinct addresses without those that another live pod claims too; may be empty.</param>
internal sealed record LivePod(Pod Pod, NamespaceEntry Space, ImmutableArray<IpAddr> Addresses);
