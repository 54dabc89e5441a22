using System.Buffers;
using System.Text.Json;

namespace NetPolNic.Cluster.Wire;

/// <summary>
/// Reads JSON values one by one from a stream whose pieces end anywhere. The buffer grows to the largest value and no
/// further than <see cref="ValueBytesMax"/>.
/// </summary>
/// <param name="stream">The stream; not closed.</param>
/// <param name="onBytes">Called whenever bytes have come.</param>
internal sealed class JsonInput(Stream stream, Action onBytes) : IDisposable
{
    /// <summary>An object larger than this does not fit in etcd by orders of magnitude.</summary>
    public const int ValueBytesMax = 256 << 20;

    private const int StartBytes = 64 << 10;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(StartBytes);
    private int _start;
    private int _end;
    private int _valueStart;
    private int _valueLength;
    private bool _isAtEnd;

    /// <summary>The last value; valid until the next call.</summary>
    public ReadOnlySpan<byte> Value => _buffer.AsSpan(_valueStart, _valueLength);

    /// <summary>Whether a whole value may be read without waiting: something is left in the buffer.</summary>
    public bool HasBuffered => _start < _end && _buffer.AsSpan(_start, _end - _start).IndexOfAnyExcept(" \t\r\n"u8) >= 0;

    /// <summary>The next byte that is no white space, without taking it; -1 at the end.</summary>
    public async ValueTask<int> PeekAsync(CancellationToken cancellation)
    {
        while (true)
        {
            int skip = _buffer.AsSpan(_start, _end - _start).IndexOfAnyExcept(" \t\r\n"u8);
            if (skip >= 0)
            {
                _start += skip;
                return _buffer[_start];
            }

            _start = _end;
            if (!await FillAsync(cancellation).ConfigureAwait(false))
            {
                return -1;
            }
        }
    }

    /// <summary>Takes one byte, which must be this one.</summary>
    public async ValueTask ExpectAsync(char expected, CancellationToken cancellation)
    {
        int found = await PeekAsync(cancellation).ConfigureAwait(false);
        if (found < 0)
        {
            throw EndsEarly();
        }

        if (found != expected)
        {
            throw new JsonException($"'{expected}' expected, 0x{found:x2} found");
        }

        _start++;
    }

    /// <summary>Takes this byte if it is next.</summary>
    public async ValueTask<bool> TrySkipAsync(char wanted, CancellationToken cancellation)
    {
        if (await PeekAsync(cancellation).ConfigureAwait(false) != wanted)
        {
            return false;
        }

        _start++;
        return true;
    }

    /// <summary>Reads one value into <see cref="Value"/>; false at the end of the stream.</summary>
    public async ValueTask<bool> ReadValueAsync(CancellationToken cancellation)
    {
        if (await PeekAsync(cancellation).ConfigureAwait(false) < 0)
        {
            return false;
        }

        JsonScanner scanner = default;
        while (true)
        {
            int length = scanner.FindEnd(_buffer.AsSpan(_start, _end - _start), _isAtEnd);
            if (length > 0)
            {
                (_valueStart, _valueLength) = (_start, length);
                _start += length;
                return true;
            }

            if (!await FillAsync(cancellation).ConfigureAwait(false))
            {
                throw EndsEarly();
            }
        }
    }

    /// <summary>Whether a whole value is in the buffer, so that <see cref="ReadValueAsync"/> does not wait.</summary>
    public bool HasWholeValue()
    {
        ReadOnlySpan<byte> left = _buffer.AsSpan(_start, _end - _start).TrimStart(" \t\r\n"u8);
        return left.Length > 0 && default(JsonScanner).FindEnd(left, _isAtEnd) > 0;
    }

    public void Dispose()
    {
        byte[] buffer = _buffer;
        _buffer = [];
        (_start, _end, _valueLength) = (0, 0, 0);
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static IOException EndsEarly() => new("the answer ends within a JSON value");

    private async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        if (_isAtEnd)
        {
            return false;
        }

        MakeRoom();
        int read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
        _isAtEnd = read == 0;
        _end += read;
        if (read > 0)
        {
            onBytes();
        }

        return read > 0;
    }

    private void MakeRoom()
    {
        if (_end < _buffer.Length && _start == 0)
        {
            return;
        }

        int length = _end - _start;
        if (length > _buffer.Length / 2)
        {
            if (_buffer.Length >= ValueBytesMax)
            {
                throw new JsonException($"a JSON value of more than {ValueBytesMax >> 20} MiB");
            }

            byte[] larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(_start, length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        else
        {
            _buffer.AsSpan(_start, length).CopyTo(_buffer);
        }

        (_start, _end) = (0, length);
    }
}
