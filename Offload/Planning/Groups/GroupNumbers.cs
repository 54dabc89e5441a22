namespace NetPolNic.Offload.Planning.Groups;

/// <summary>
/// Gives out numbers of groups: one that became free not before all others were given out, and never in the update that
/// freed it.
/// </summary>
internal sealed class GroupNumbers
{
    private readonly uint _limit;
    private readonly Queue<uint> _free = [];
    private uint _next;

    internal GroupNumbers(uint first, uint limit)
    {
        _next = first;
        _limit = limit;
    }

    /// <summary>How many can be taken now.</summary>
    internal int Available => (int)(_limit - _next) + _free.Count;

    /// <exception cref="InvalidOperationException">None is available.</exception>
    internal uint Take() => _next < _limit ? _next++ : _free.Dequeue();

    /// <summary>Gives a number back; call at the end of an update.</summary>
    internal void Free(uint number) => _free.Enqueue(number);
}
