using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Mapping;

/// <summary>Reads the protocol field of ports.</summary>
internal static class Protocols
{
    /// <summary>The protocol; TCP where it is missing; null where it is none that policy knows.</summary>
    /// <param name="text">The field's value.</param>
    /// <param name="ignoreCase">v1beta1 does not mind the case, v1 does (S-a10).</param>
    public static L4Proto? Parse(string? text, bool ignoreCase) =>
        (ignoreCase ? text?.ToUpperInvariant() : text) switch
        {
            null or "TCP" => L4Proto.Tcp,
            "UDP" => L4Proto.Udp,
            "SCTP" => L4Proto.Sctp,
            _ => null,
        };
}
