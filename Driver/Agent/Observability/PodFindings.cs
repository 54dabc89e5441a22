using System.Collections.Immutable;
using NetPolNic.Agent.Hosting;
using NetPolNic.Agent.Output;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Observability;

/// <summary>
/// Finds the local pods whose policy could not be understood, or not be offloaded for a reason of its own rather than of the
/// NIC as such: that a NIC cannot tell replies, say, is so for every pod of every node of its kind.
/// </summary>
internal static class PodFindings
{
    private static readonly ImmutableHashSet<PuntReason> s_worthTelling =
    [
        PuntReason.PortRangeUnsupported, PuntReason.AddressMaskUnsupported, PuntReason.TableFull, PuntReason.TooManyRules,
        PuntReason.RejectedByDriver, PuntReason.NotConsumed,
    ];

    // The API server takes a kilobyte of text at most.
    private const int MaxLines = 3;

    /// <summary>One per pod and reason. Apply loop's thread.</summary>
    public static ImmutableArray<PodEvent> Of(PolicySnapshot snapshot, IDataPlane dataPlane)
    {
        Dictionary<string, LocalEndpoint> byName = new(StringComparer.Ordinal);
        foreach (LocalEndpoint endpoint in snapshot.Endpoints)
        {
            byName.TryAdd($"{endpoint.Namespace}/{endpoint.Name}", endpoint);
        }

        IEnumerable<PuntedRegion> punts =
            dataPlane.Plan.Punts.Concat(dataPlane.Reports.SelectMany(RuleUsers.Of(dataPlane.Plan.Rules).PuntsOf));
        var offload = punts.Where(punt => s_worthTelling.Contains(punt.Reason) && byName.ContainsKey(punt.Pod))
            .GroupBy(punt => (punt.Pod, punt.Reason))
            .Select(alike => Of(byName[alike.Key.Pod], alike.Key.Reason, alike.First(), alike.Count()));
        var understood = snapshot.Warnings.SelectMany(warning => snapshot.Endpoints
            .Where(endpoint => Concerns(warning, endpoint))
            .Select(endpoint => (Endpoint: endpoint, Warning: warning)))
            .GroupBy(found => found.Endpoint)
            .Select(found => new PodEvent(
                found.Key.Namespace,
                found.Key.Name,
                found.Key.Uid,
                "NetworkPolicyNotUnderstood",
                string.Join("; ", found.Select(one => one.Warning.Text))));
        return [.. understood, .. offload];
    }

    private static PodEvent Of(LocalEndpoint endpoint, PuntReason reason, PuntedRegion first, int count) => new(
        endpoint.Namespace,
        endpoint.Name,
        endpoint.Uid,
        $"NetworkPolicyNotOffloaded{reason}",
        $"Enforced in software instead of in the NIC: {first.Region} ({reason}{(first.Field.Length == 0 ? "" : $" of {first.Field}")}: {first.Fact}" +
        (first.Origins.IsEmpty ? ")" : $"; from {string.Join(", ", first.Origins.Take(MaxLines))})") +
        (count > 1 ? FormattableString.Invariant($", and {count - 1} more regions") : ""));

    private static bool Concerns(PolicyWarning warning, LocalEndpoint endpoint) => warning.Kind switch
    {
        WarningSubject.Policy => endpoint.Namespace == warning.Namespace &&
            (IsIsolatedBy(endpoint.Ingress, warning) || IsIsolatedBy(endpoint.Egress, warning)),
        WarningSubject.Namespace => endpoint.Namespace == warning.Namespace,
        _ => endpoint.Addresses.Any(addr => addr.ToString() == warning.Name),
    };

    private static bool IsIsolatedBy(EndpointDirection direction, PolicyWarning warning) =>
        direction.IsolatedBy.Any(origin => origin.Namespace == warning.Namespace && origin.Name == warning.Name);
}
