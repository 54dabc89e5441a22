namespace NetPolNic.Cluster.Schema;

/// <summary>A known field of an object.</summary>
/// <param name="Name">Its name, case-sensitive.</param>
/// <param name="Shape">What it holds.</param>
/// <param name="IsKept">False: checked, but of no interest afterwards.</param>
internal sealed record FieldShape(string Name, Shape Shape, bool IsKept = true);
