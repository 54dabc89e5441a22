using System.Runtime.InteropServices;
using NetPolNic.Fallback.Classifier;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// What a publisher says to the loops, in native memory: the tables in force, and how many changes there have been. On
/// cache lines of its own, which change only with the policy.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal unsafe struct PublishedTables
{
    [FieldOffset(0)]
    private nint _tables;

    [FieldOffset(8)]
    private long _epoch;

    /// <summary>The tables in force, or null before the first. Only inside an entered epoch.</summary>
    public ClassifierTables* Current => (ClassifierTables*)Volatile.Read(ref _tables);

    /// <summary>Counts published changes.</summary>
    public long Epoch => Volatile.Read(ref _epoch);

    /// <summary>Puts tables in force by one store; who reads the returned epoch reads them too. The publisher.</summary>
    public long Set(ClassifierTables* tables)
    {
        Volatile.Write(ref _tables, (nint)tables);
        return Interlocked.Increment(ref _epoch);
    }
}
