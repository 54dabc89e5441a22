using System.Runtime.InteropServices;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// Says which snapshots a worker can still hold. While entered, the worker has announced the last change it saw;
/// outside it holds none. Two pointers to native memory, which the publisher owns; the word of a worker has cache lines
/// of its own.
/// </summary>
[HotPath]
internal readonly unsafe struct WorkerEpoch : IEquatable<WorkerEpoch>
{
    /// <summary>Announced by a worker that holds no snapshot.</summary>
    public const long Outside = long.MaxValue;

    private readonly Word* _word;
    private readonly PublishedTables* _published;

    private WorkerEpoch(Word* word, PublishedTables* published)
    {
        _word = word;
        _published = published;
        _word->Announced = Outside;
    }

    /// <summary>The oldest change this worker may not have seen yet is the one after this.</summary>
    public long Announced => Volatile.Read(ref _word->Announced);

    /// <summary>What the worker's publisher says. Only inside an entered epoch.</summary>
    public PublishedTables* Published => _published;

    /// <summary>Makes a worker's word, outside; <see cref="Free"/> gives it back.</summary>
    public static WorkerEpoch Create(PublishedTables* published) =>
        new((Word*)NativeMemory.AlignedAlloc((nuint)sizeof(Word), (nuint)sizeof(Word)), published);

    /// <summary>Begins to use snapshots. A full fence: the announcement is visible before a snapshot is read.</summary>
    public void Enter()
    {
        Volatile.Write(ref _word->Announced, _published->Epoch);
        Interlocked.MemoryBarrier();
    }

    /// <summary>A quiescent point between bursts: whatever was held is let go. No fence.</summary>
    public void Quiesce() => Volatile.Write(ref _word->Announced, _published->Epoch);

    /// <summary>Holds nothing from now on.</summary>
    public void Exit() => Volatile.Write(ref _word->Announced, Outside);

    /// <summary>Frees the worker's word. The publisher.</summary>
    public void Free() => NativeMemory.AlignedFree(_word);

    public bool Equals(WorkerEpoch other) => _word == other._word;

    public override bool Equals(object? obj) => obj is WorkerEpoch other && Equals(other);

    public override int GetHashCode() => ((nint)_word).GetHashCode();

    // 128 bytes: the adjacent-line prefetcher pairs cache lines.
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Word
    {
        [FieldOffset(0)]
        public long Announced;
    }
}
