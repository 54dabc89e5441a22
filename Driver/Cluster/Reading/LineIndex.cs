namespace NetPolNic.Cluster.Reading;

/// <summary>Finds the line of a byte offset.</summary>
internal sealed class LineIndex
{
    private readonly List<long> _lineStarts = [0];

    public LineIndex(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == (byte)'\n')
            {
                _lineStarts.Add(i + 1L);
            }
        }
    }

    /// <summary>Line of the byte at <paramref name="offset"/>, counted from 1.</summary>
    public int LineOf(long offset)
    {
        int found = _lineStarts.BinarySearch(offset);
        return found >= 0 ? found + 1 : ~found;
    }
}
