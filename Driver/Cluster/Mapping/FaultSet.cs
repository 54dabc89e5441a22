using NetPolNic.Cluster.Validation;

namespace NetPolNic.Cluster.Mapping;

/// <summary>
/// The fields of an object that were not understood. A manifest with faults is refused before it is mapped; an object
/// of a cluster is mapped with them, and each part that has one fails closed (S-d2).
/// </summary>
public sealed class FaultSet
{
    private readonly FieldPath[] _paths;

    /// <summary>Takes the paths of the problems that are no warnings.</summary>
    public FaultSet(IEnumerable<FieldProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        _paths = [.. problems.Where(problem => !problem.IsWarning).Select(problem => problem.Path)];
    }

    /// <summary>Everything is understood.</summary>
    public static FaultSet None { get; } = new([]);

    /// <summary>Whether a field, or anything below it, is not understood.</summary>
    public bool Touches(FieldPath path) => Array.Exists(_paths, fault => fault.IsWithin(path));

    /// <summary>
    /// Whether a field is not understood otherwise than by the items of the lists <paramref name="lists"/> below it.
    /// </summary>
    public bool TouchesOutside(FieldPath path, params string[] lists)
    {
        ArgumentNullException.ThrowIfNull(lists);
        return Array.Exists(
            _paths, fault => fault.IsWithin(path) && !lists.Any(name => IsItemOf(fault, path.Child(name))));
    }

    private static bool IsItemOf(FieldPath fault, FieldPath list) =>
        fault.IsWithin(list) && !list.IsWithin(fault);
}
