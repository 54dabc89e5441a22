namespace NetPolNic.Offload.Planning;

/// <summary>How the entries of one set differ from those of another that it replaces.</summary>
internal sealed record RuleSetChange(RuleSet From, List<PlannedRule> Added, List<PlannedRule> Removed);
