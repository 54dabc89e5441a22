using System.Globalization;

namespace NetPolNic.Cluster.Validation;

/// <summary>
/// The way from an object to one of its fields, such as <c>spec.ingress[0].ports[1].port</c>. Immutable.
/// </summary>
public sealed class FieldPath
{
    private FieldPath(FieldPath? parent, string? name, int itemIndex, bool isMapKey)
    {
        Parent = parent;
        Name = name;
        ItemIndex = itemIndex;
        IsMapKey = isMapKey;
    }

    /// <summary>The object itself.</summary>
    public static FieldPath Root { get; } = new(null, null, -1, false);

    /// <summary>The path without its last step; null for <see cref="Root"/>.</summary>
    public FieldPath? Parent { get; }

    /// <summary>Field name or map key of the last step; null where it is an index.</summary>
    public string? Name { get; }

    /// <summary>Index of the last step, or -1.</summary>
    public int ItemIndex { get; }

    private bool IsMapKey { get; }

    public FieldPath Child(string name) => new(this, name, -1, false);

    public FieldPath Index(int index) => new(this, null, index, false);

    /// <summary>A key of a map whose keys the user chooses, written <c>labels[key]</c>.</summary>
    public FieldPath Key(string key) => new(this, key, -1, true);

    /// <summary>Whether this is <paramref name="ancestor"/> or a field below it.</summary>
    public bool IsWithin(FieldPath ancestor)
    {
        ArgumentNullException.ThrowIfNull(ancestor);
        int excess = Depth() - ancestor.Depth();
        FieldPath? path = this;
        for (; excess > 0; excess--)
        {
            path = path!.Parent;
        }

        return excess == 0 && path!.SameAs(ancestor);
    }

    public override string ToString()
    {
        string parent = Parent?.ToString() ?? "";
        return Parent is null
            ? ""
            : Name is null
                ? string.Create(CultureInfo.InvariantCulture, $"{parent}[{ItemIndex}]")
                : IsMapKey ? $"{parent}[{Wording.Shorten(Name)}]" : parent.Length == 0 ? Name : $"{parent}.{Name}";
    }

    /// <summary>The steps from the first to the last.</summary>
    internal IEnumerable<FieldPath> FromRoot()
    {
        Stack<FieldPath> steps = new();
        for (FieldPath path = this; path.Parent is not null; path = path.Parent)
        {
            steps.Push(path);
        }

        return steps;
    }

    private int Depth()
    {
        int depth = 0;
        for (FieldPath? path = Parent; path is not null; path = path.Parent)
        {
            depth++;
        }

        return depth;
    }

    private bool SameAs(FieldPath other)
    {
        FieldPath? left = this;
        FieldPath? right = other;
        while (left is not null && right is not null && !ReferenceEquals(left, right))
        {
            if (left.Name != right.Name || left.ItemIndex != right.ItemIndex)
            {
                return false;
            }

            (left, right) = (left.Parent, right.Parent);
        }

        return ReferenceEquals(left, right);
    }
}
