namespace NetPolNic.Fallback;

/// <summary>
/// Marks a type that runs per packet: it allocates nothing, takes no lock and throws nothing once it is built. A test
/// asserts zero allocation for its entry points.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class HotPathAttribute : Attribute;
