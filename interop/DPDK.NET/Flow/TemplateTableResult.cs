namespace Dpdk.Flow;

/// <summary>What became of a table: exactly one of the two is set.</summary>
public readonly record struct TemplateTableResult(TemplateTable? Table, RuleRejection? Rejection);
