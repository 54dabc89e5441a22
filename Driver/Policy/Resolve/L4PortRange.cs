using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>Destination ports of one protocol, both ends inclusive, host order; 0..65535 is every port.</summary>
public readonly record struct L4PortRange(L4Proto Proto, ushort First, ushort Last);
