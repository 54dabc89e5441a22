using System.Collections.Immutable;
using NetPolNic.Agent.Hosting;
using NetPolNic.Offload.Apply;

namespace NetPolNic.Agent.Control;

/// <summary>The rules that one port's NIC really holds.</summary>
/// <param name="Port">The port.</param>
/// <param name="Rules">In order of creation, with their counters.</param>
/// <param name="Report">What the driver answered last; null before the first policy.</param>
internal sealed record PortTable(EthPortInfo Port, ImmutableArray<RuleCounters> Rules, ApplyReport? Report);
