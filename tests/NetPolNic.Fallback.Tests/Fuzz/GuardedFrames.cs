using NetPolNic.Fallback.Tests.Rig;

namespace NetPolNic.Fallback.Tests.Fuzz;

/// <summary>A burst of frames, each of which ends at a guard page of its own.</summary>
internal sealed unsafe class GuardedFrames : IDisposable
{
    private readonly GuardedBuffer[] _buffers;

    public GuardedFrames(int count, int capacity)
    {
        _buffers = [.. Enumerable.Range(0, count).Select(_ => new GuardedBuffer(capacity))];
    }

    /// <summary>Copies a frame; returns its first byte.</summary>
    public byte* Place(int index, ReadOnlySpan<byte> frame) => _buffers[index].Place(frame);

    public void Dispose() => Array.ForEach(_buffers, b => b.Dispose());
}
