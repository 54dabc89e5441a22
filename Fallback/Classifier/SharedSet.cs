namespace NetPolNic.Fallback.Classifier;

/// <summary>
/// Owns the native table of one policy set, which any number of snapshots use. Under the publisher's lock only.
/// </summary>
internal sealed unsafe class SharedSet : IDisposable
{
    private readonly NativeBlock<byte> _block;

    /// <param name="block">Holds the table, which starts it.</param>
    public SharedSet(NativeBlock<byte> block)
    {
        _block = block;
    }

    public SetTable* Table => (SetTable*)_block.Pointer;

    public long MemoryBytes => _block.MemoryBytes;

    /// <summary>Snapshots that use it and are not freed yet.</summary>
    public int Users { get; set; }

    /// <summary>Generation of the last snapshot that was built with it.</summary>
    public uint LastGeneration { get; set; }

    public void Dispose() => _block.Dispose();
}
