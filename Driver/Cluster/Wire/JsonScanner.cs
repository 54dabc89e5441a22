using System.Buffers;
using System.Text.Json;

namespace NetPolNic.Cluster.Wire;

/// <summary>
/// Finds the end of one JSON value in bytes that come piece by piece. It looks at brackets and quotes only; whether what
/// it found is JSON is for the reader of the value to say.
/// </summary>
internal struct JsonScanner
{
    private static readonly SearchValues<byte> s_structure = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> s_string = SearchValues.Create("\"\\"u8);
    private static readonly SearchValues<byte> s_scalarEnd = SearchValues.Create(",:]} \t\r\n"u8);

    private int _position;
    private int _depth;
    private bool _isInString;
    private bool _isScalar;

    /// <summary>Looks at what has come since the last call.</summary>
    /// <param name="data">All bytes of the value so far; its first byte is the value's first.</param>
    /// <param name="isEnd">No more will come, which ends a number or a word.</param>
    /// <returns>Length of the value, or 0 while its end has not come.</returns>
    /// <exception cref="JsonException">This is no beginning of a value.</exception>
    public int FindEnd(ReadOnlySpan<byte> data, bool isEnd)
    {
        if (_position == 0 && data.Length > 0)
        {
            Start(data[0]);
        }

        if (_isScalar)
        {
            int end = data.IndexOfAny(s_scalarEnd);
            return end >= 0 ? end : isEnd ? data.Length : 0;
        }

        while (_position < data.Length)
        {
            int step = data[_position..].IndexOfAny(_isInString ? s_string : s_structure);
            if (step < 0)
            {
                _position = data.Length;
                break;
            }

            int at = _position + step;
            if (data[at] == '\\')
            {
                if (at + 1 >= data.Length)
                {
                    // The escaped character has not come yet.
                    _position = at;
                    break;
                }

                _position = at + 2;
                continue;
            }

            _position = at + 1;
            if (IsLast(data[at]))
            {
                return _position;
            }
        }

        return 0;
    }

    private void Start(byte first)
    {
        _isScalar = first is (byte)'-' or (>= (byte)'0' and <= (byte)'9') or (byte)'t' or (byte)'f' or (byte)'n';
        if (!_isScalar && first is not ((byte)'{' or (byte)'[' or (byte)'"'))
        {
            throw new JsonException($"0x{first:x2} begins no JSON value");
        }
    }

    private bool IsLast(byte at)
    {
        switch (at)
        {
            case (byte)'"':
                _isInString = !_isInString;
                return !_isInString && _depth == 0;
            case (byte)'{' or (byte)'[':
                _depth++;
                return false;
            default:
                _depth--;
                return _depth == 0;
        }
    }
}
