using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>The namespaces that a namespaceSelector of active policies matches.</summary>
internal sealed class NamespaceGroup
{
    private readonly HashSet<SpaceEntry> _spaces;

    public NamespaceGroup(LabelSelector selector, IEnumerable<SpaceEntry> matching)
    {
        Selector = selector;
        _spaces = [.. matching];
        Scope = new SelectionScope(_spaces, _spaces.Contains);
        foreach (SpaceEntry space in _spaces)
        {
            space.Groups.Add(this);
        }
    }

    public LabelSelector Selector { get; }

    public SelectionScope Scope { get; }

    /// <summary>Puts a namespace in or takes it out; false where it is so already.</summary>
    public bool Set(SpaceEntry space, bool member)
    {
        bool changed = member ? _spaces.Add(space) : _spaces.Remove(space);
        if (changed && member)
        {
            space.Groups.Add(this);
        }
        else if (changed)
        {
            space.Groups.Remove(this);
        }

        return changed;
    }

    /// <summary>Takes every namespace out.</summary>
    public void Dissolve()
    {
        foreach (SpaceEntry space in _spaces)
        {
            space.Groups.Remove(this);
        }

        _spaces.Clear();
    }
}
