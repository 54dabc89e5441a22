using System.Numerics;

namespace NetPolNic.Offload.Planning;

/// <summary>Collects what a key is made of, big-endian, in memory of the caller's; longer contents move to the heap.</summary>
internal ref struct KeyWriter
{
    /// <summary>Enough for every rule of the planner.</summary>
    internal const int Bytes = 512;

    private Span<byte> _memory;
    private int _length;

    internal KeyWriter(Span<byte> memory) => _memory = memory;

    internal readonly ReadOnlySpan<byte> Written => _memory[.._length];

    internal void Write<T>(T value)
        where T : unmanaged, IBinaryInteger<T>
    {
        int size = value.GetByteCount();
        if (_length + size > _memory.Length)
        {
            byte[] larger = new byte[2 * (_length + size)];
            Written.CopyTo(larger);
            _memory = larger;
        }

        value.WriteBigEndian(_memory[_length..]);
        _length += size;
    }
}
