using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning.Groups;

/// <summary>
/// The contents that pods share, for as long as a pod uses them. In an update: <see cref="Release"/> what gone pods had,
/// <see cref="Pin"/> what new ones may have, <see cref="Drain"/>, plan, <see cref="Commit"/>. Whoever plans only once just plans.
/// </summary>
internal sealed class SharedContents
{
    private readonly ContentPlanner _planner;
    private readonly GroupContents _groups;
    private readonly Dictionary<ContentKey, SharedContent> _contents = [];
    private readonly List<SharedContent> _idle = [];
    private readonly List<SharedContent> _pinned = [];

    internal SharedContents(ContentPlanner planner, GroupContents groups)
    {
        _planner = planner;
        _groups = groups;
    }

    /// <summary>The content of a unit, for one more user.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="exempt">As in <see cref="ContentKey"/>.</param>
    internal SharedContent Take(UnitContext unit, PeerSet exempt)
    {
        ContentKey key = ContentKey.Of(unit, exempt);
        if (!_contents.TryGetValue(key, out SharedContent? content))
        {
            content = new SharedContent(key, _planner.Plan(unit, exempt));
            content.LacksGroups = !content.Template.Drops.IsEmpty;
            _contents.Add(key, content);
        }

        if (content.LacksGroups)
        {
            // New, or there were too few groups when it was last asked for.
            var chain = _groups.Take(content.Template);
            content.LacksGroups = chain is null;
            content.Chain = chain ?? [];
        }

        content.Users++;
        return content;
    }

    internal void Release(SharedContent content)
    {
        if (--content.Users == 0)
        {
            _idle.Add(content);
        }
    }

    /// <summary>Keeps the content of a unit that will be planned in this update, if it is known.</summary>
    internal void Pin(UnitContext unit, PeerSet exempt)
    {
        if (_contents.TryGetValue(ContentKey.Of(unit, exempt), out SharedContent? content))
        {
            content.Users++;
            _pinned.Add(content);
        }
    }

    /// <summary>Lets go of the groups that nobody uses any more: new content may take over what is theirs.</summary>
    internal void Drain()
    {
        foreach (SharedContent content in _idle)
        {
            // It may have come to use again, or be listed twice.
            if (content.Users == 0 && _contents.TryGetValue(content.Key, out SharedContent? known) &&
                ReferenceEquals(known, content))
            {
                _contents.Remove(content.Key);
                foreach ((GroupNode node, _) in content.Chain)
                {
                    _groups.Release(node);
                }
            }
        }

        _idle.Clear();
    }

    /// <summary>Ends an update.</summary>
    internal void Commit()
    {
        _pinned.ForEach(Release);
        _pinned.Clear();
        Drain();
        _groups.Commit();
    }
}
