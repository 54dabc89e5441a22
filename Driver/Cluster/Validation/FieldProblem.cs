namespace NetPolNic.Cluster.Validation;

/// <summary>Something wrong with a field of an object, wherever the object came from.</summary>
/// <param name="Path">The field.</param>
/// <param name="Reason">One sentence without a full stop.</param>
/// <param name="IsWarning">The object is valid all the same.</param>
public sealed record FieldProblem(FieldPath Path, string Reason, bool IsWarning = false);
