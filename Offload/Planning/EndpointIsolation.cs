using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>Whether policy says anything about a pod.</summary>
internal static class EndpointIsolation
{
    /// <summary>Isolated in at least one direction.</summary>
    internal static bool IsIsolated(this LocalEndpoint endpoint) =>
        endpoint.Ingress.Set.IsIsolated || endpoint.Egress.Set.IsIsolated;
}
