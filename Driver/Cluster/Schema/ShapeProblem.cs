using NetPolNic.Cluster.Validation;

namespace NetPolNic.Cluster.Schema;

/// <summary>A value that does not have its shape.</summary>
/// <param name="Problem">What and where.</param>
/// <param name="Line">Line counted from 1 where the path alone does not lead to it (a duplicate key); else
/// null.</param>
internal sealed record ShapeProblem(FieldProblem Problem, int? Line);
