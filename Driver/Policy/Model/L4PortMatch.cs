namespace NetPolNic.Policy.Model;

/// <summary>One entry of a rule's ports list.</summary>
/// <param name="Proto">The protocol; TCP where the object says nothing.</param>
/// <param name="First">First numeric port, host order; null with <paramref name="Name"/> null means every port.</param>
/// <param name="Last">
/// Last port, inclusive (endPort); equals <paramref name="First"/> where there is no endPort.
/// </param>
/// <param name="Name">A named container port, resolved per destination pod (SEMANTICS b9).</param>
public sealed record L4PortMatch(L4Proto Proto, ushort? First = null, ushort? Last = null, string? Name = null);
