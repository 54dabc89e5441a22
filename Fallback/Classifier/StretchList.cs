using System.Buffers;

namespace NetPolNic.Fallback.Classifier;

/// <summary>
/// The stretches of one family while a table is built. In rented memory: large sets change often, and their lists would
/// each time be garbage of the most expensive kind.
/// </summary>
internal sealed class StretchList : IDisposable
{
    private Stretch[] _stretches;
    private int _count;

    /// <param name="capacity">Stretches that there will be at most.</param>
    public StretchList(int capacity)
    {
        _stretches = ArrayPool<Stretch>.Shared.Rent(capacity);
    }

    public ReadOnlySpan<Stretch> Span => _stretches.AsSpan(0, _count);

    /// <summary>
    /// Adds a stretch after the others. One that starts where the last does replaces it; one with the same ports as the
    /// one before it adds nothing.
    /// </summary>
    public void Append(Stretch next)
    {
        if (_count > 0 && _stretches[_count - 1].Start == next.Start)
        {
            _count--;
        }

        if (_count == 0 || _stretches[_count - 1].PortList != next.PortList)
        {
            _stretches[_count] = next;
            _count++;
        }
    }

    public void Dispose()
    {
        ArrayPool<Stretch>.Shared.Return(_stretches);
        _stretches = [];
        _count = 0;
    }
}

/// <summary>One stretch of addresses, from Start to the next stretch's, and its port list.</summary>
internal readonly record struct Stretch(UInt128 Start, int PortList);
