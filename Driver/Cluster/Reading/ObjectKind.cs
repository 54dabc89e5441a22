using NetPolNic.Cluster.Schema;
using NetPolNic.Cluster.Validation;

namespace NetPolNic.Cluster.Reading;

/// <summary>How objects of one kind are read.</summary>
/// <param name="Kind">kind of the object.</param>
/// <param name="IsNamespaced">Whether it lives in a namespace.</param>
/// <param name="Shape">What it has to look like.</param>
/// <param name="Read">From checked JSON to the problems of the typed object and the step that adds it to the
/// load.</param>
internal sealed record ObjectKind(string Kind, bool IsNamespaced, Shape Shape, Func<string, ReadObject> Read);

/// <summary>A typed object.</summary>
/// <param name="Problems">What its validator says.</param>
/// <param name="Uid">metadata.uid, or null.</param>
/// <param name="AddTo">Maps it and adds it to the load.</param>
internal sealed record ReadObject(IReadOnlyList<FieldProblem> Problems, string? Uid, Action<LoadBuilder> AddTo);
