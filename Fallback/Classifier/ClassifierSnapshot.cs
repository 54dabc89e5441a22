namespace NetPolNic.Fallback.Classifier;

/// <summary>
/// Owns the native tables of one policy snapshot. Immutable; disposed of by the publisher once no worker can hold it.
/// </summary>
internal sealed unsafe class ClassifierSnapshot : IDisposable
{
    private readonly List<IDisposable> _blocks;
    private readonly NativeBlock<ClassifierTables> _tables;

    public ClassifierSnapshot(in ClassifierTables tables, List<IDisposable> blocks, long memoryBytes)
    {
        _blocks = blocks;
        _tables = new NativeBlock<ClassifierTables>(1);
        *_tables.Pointer = tables;
        MemoryBytes = memoryBytes + sizeof(ClassifierTables);
    }

    public ClassifierTables* Tables => _tables.Pointer;

    public long MemoryBytes { get; }

    public void Dispose()
    {
        _blocks.ForEach(b => b.Dispose());
        _blocks.Clear();
        _tables.Dispose();
    }
}
