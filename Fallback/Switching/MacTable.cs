using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback.Switching;

/// <summary>
/// Which port a MAC address was last heard at, per outer VLAN. Learned, aged, bounded. One worker's own.
/// </summary>
[HotPath]
internal sealed unsafe class MacTable : IDisposable
{
    private const int MsPerSecond = 1000;

    private readonly AgedTable _table;
    private readonly WorkerCounterBlock* _counters;

    public MacTable(int capacity, int ageSeconds, ulong seed, WorkerCounterBlock* counters)
    {
        _table = new AgedTable(capacity, (long)ageSeconds * MsPerSecond, seed);
        _counters = counters;
    }

    /// <summary>Notes a frame's source. Group addresses and zero are no stations.</summary>
    /// <param name="mac">Source MAC in the low 48 bits.</param>
    /// <param name="vlanId">Outer VLAN id, or 0.</param>
    /// <param name="port">Index of the port it came in at.</param>
    /// <param name="nowMs">The clock.</param>
    public void Learn(ulong mac, ushort vlanId, int port, long nowMs)
    {
        bool isStation = mac != 0 && ((mac >> 40) & 1) == 0;
        if (isStation && !_table.Set(KeyOf(mac, vlanId), (ulong)port, nowMs))
        {
            _counters->MacsEvicted++;
        }
    }

    /// <summary>Index of the port behind which a station is, or -1.</summary>
    public int Find(ulong mac, ushort vlanId, long nowMs) =>
        _table.TryGet(KeyOf(mac, vlanId), nowMs, out ulong port) ? (int)port : -1;

    public void Dispose() => _table.Dispose();

    private static ulong KeyOf(ulong mac, ushort vlanId) => ((ulong)vlanId << 48) | mac;
}
