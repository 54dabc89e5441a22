using System.Globalization;

namespace NetPolNic.Benches.ControlPlane;

/// <summary>What the garbage collector has done since <see cref="Restart"/>.</summary>
internal sealed class CollectionWatch
{
    private readonly int[] _collections = new int[3];
    private TimeSpan _paused;
    private long _allocated;

    public void Restart()
    {
        for (int generation = 0; generation < _collections.Length; generation++)
        {
            _collections[generation] = GC.CollectionCount(generation);
        }

        _paused = GC.GetTotalPauseDuration();
        _allocated = GC.GetTotalAllocatedBytes();
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{GC.CollectionCount(0) - _collections[0]} gen0, {GC.CollectionCount(1) - _collections[1]} gen1, {GC.CollectionCount(2) - _collections[2]} gen2; paused {(GC.GetTotalPauseDuration() - _paused).TotalMilliseconds:f1} ms; allocated {(GC.GetTotalAllocatedBytes() - _allocated) / 1e6:f0} MB");
}
