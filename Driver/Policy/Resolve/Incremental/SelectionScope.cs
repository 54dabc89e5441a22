namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>Where pod selectors look: one namespace, or the namespaces that a selector matches.</summary>
/// <param name="spaces">The namespace alone, or the matching ones, which change.</param>
/// <param name="contains">Whether a namespace is among them.</param>
internal sealed class SelectionScope(IReadOnlyCollection<SpaceEntry> spaces, Func<SpaceEntry, bool> contains)
{
    /// <summary>The namespaces where the selectors look.</summary>
    public IReadOnlyCollection<SpaceEntry> Spaces { get; } = spaces;

    /// <summary>The live selections of the scope, by their selectors.</summary>
    public SelectorIndex<LiveSelection> Selections { get; } = new();

    public bool Contains(SpaceEntry space) => contains(space);
}
