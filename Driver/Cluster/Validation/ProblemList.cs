namespace NetPolNic.Cluster.Validation;

/// <summary>Collects the problems of one object, in words that are the same everywhere.</summary>
internal sealed class ProblemList
{
    private readonly List<FieldProblem> _problems = [];

    public IReadOnlyList<FieldProblem> Problems => _problems;

    public void Required(FieldPath path, string? detail = null) =>
        _problems.Add(new FieldProblem(path, detail is null ? "required" : $"required: {detail}"));

    public void Invalid(FieldPath path, string value, string reason) =>
        _problems.Add(new FieldProblem(path, $"invalid value {Wording.Quote(value)}: {reason}"));

    /// <summary>Like <see cref="Invalid"/>, but only where there is a reason.</summary>
    public void InvalidIf(FieldPath path, string value, string? reason)
    {
        if (reason is not null)
        {
            Invalid(path, value, reason);
        }
    }

    public void Unsupported(FieldPath path, string value, params string[] supported)
    {
        string known = string.Join(", ", supported.Select(Wording.Quote));
        _problems.Add(new FieldProblem(path, $"unsupported value {Wording.Quote(value)}: must be one of {known}"));
    }

    public void Forbidden(FieldPath path, string reason) =>
        _problems.Add(new FieldProblem(path, $"forbidden: {reason}"));

    public void Warn(FieldPath path, string reason) => _problems.Add(new FieldProblem(path, reason, true));
}
