using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>An address and the only live pod that owns it.</summary>
internal readonly record struct PodAddress(IpAddr Addr, Pod Pod);
