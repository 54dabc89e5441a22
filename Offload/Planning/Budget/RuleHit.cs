namespace NetPolNic.Offload.Planning.Budget;

/// <summary>What a rule in the NIC has counted.</summary>
/// <param name="Packets">Packets since the sample before; null where the rule does not count.</param>
public readonly record struct RuleHit(long? Packets);
