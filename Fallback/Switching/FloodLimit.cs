namespace NetPolNic.Fallback.Switching;

/// <summary>
/// How many packets of one port may still be flooded: a budget that grows with time up to a tenth of a second's. Packets
/// that make the network work (ARP, neighbour discovery) have one of their own. Blittable.
/// </summary>
[HotPath]
internal struct FloodLimit
{
    private const int MsPerSecond = 1000;
    private const int LeastBurst = 64;

    private long _spentAtMs;
    private long _budget;

    /// <summary>Takes one packet's share; false: there is none.</summary>
    /// <param name="packetsPerSecond">The port's rate.</param>
    /// <param name="nowMs">The clock.</param>
    public bool TryTake(int packetsPerSecond, long nowMs)
    {
        // In thousandths of a packet. A long silence fills it, whatever it was.
        long most = Math.Max(LeastBurst, packetsPerSecond / 10) * (long)MsPerSecond;
        long elapsedMs = nowMs - _spentAtMs;
        _spentAtMs = nowMs;
        _budget = elapsedMs >= MsPerSecond ? most : Math.Min(most, _budget + (elapsedMs * packetsPerSecond));
        if (_budget < MsPerSecond)
        {
            return false;
        }

        _budget -= MsPerSecond;
        return true;
    }
}
