using System.Collections.Immutable;

namespace NetPolNic.Agent.Verify;

/// <summary>What the verification found.</summary>
/// <param name="Rules">Rules exported.</param>
/// <param name="Created">Rules that testpmd confirmed, validated and created.</param>
/// <param name="Packets">Packets sent.</param>
/// <param name="DroppedByNic">Packets that did not come out.</param>
/// <param name="Hits">Packets that each rule matched, in the plan's order; null where testpmd counts none.</param>
/// <param name="Differences">One sentence each; empty where all is as planned and as policy says.</param>
internal sealed record VerifyReport(
    int Rules, int Created, int Packets, int DroppedByNic, ImmutableArray<ulong?> Hits, ImmutableArray<string> Differences);
