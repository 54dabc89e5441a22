using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>A region that the fallback decides because no NIC rule may, and why.</summary>
/// <param name="Pod">"namespace/name".</param>
/// <param name="Direction">Direction of the pod.</param>
/// <param name="Region">Readable, for example "tcp 10.0.0.5 ← any, not a connection's first packet".</param>
/// <param name="Reason">Why.</param>
/// <param name="Field">The profile field at fault, for example "tcp.flags"; empty where no field is.</param>
/// <param name="Origins">The lines of policy that the region comes from.</param>
/// <param name="Fact">What makes it so: the profile's fact with its source, or the rule of policy.</param>
public sealed record PuntedRegion(
    string Pod,
    Direction Direction,
    string Region,
    PuntReason Reason,
    string Field,
    ImmutableArray<RuleOrigin> Origins,
    string Fact);
