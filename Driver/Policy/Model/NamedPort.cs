namespace NetPolNic.Policy.Model;

/// <summary>A named container port of a pod.</summary>
public sealed record NamedPort(string Name, L4Proto Proto, ushort Number);
