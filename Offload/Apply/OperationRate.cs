namespace NetPolNic.Offload.Apply;

/// <summary>
/// Bounds how many rte_flow calls a second go into what can wait: trying again, and choosing other rules for a small table.
/// What a policy update needs is done at once in any case, and counts: what can wait then waits the longer. Not safe for
/// concurrent use.
/// </summary>
public sealed class OperationRate
{
    /// <summary>Calls a second that slow drivers bear too; far below what fast ones take (docs/offload.md).</summary>
    public const int DefaultPerSecond = 20_000;

    private readonly int _perSecond;
    private readonly TimeProvider _time;
    private double _balance;
    private long _at;

    /// <param name="perSecond">Calls a second, and as many in one go after a quiet second.</param>
    /// <param name="time">The clock.</param>
    public OperationRate(int perSecond, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perSecond);
        ArgumentNullException.ThrowIfNull(time);
        _perSecond = perSecond;
        _time = time;
        _balance = perSecond;
        _at = time.GetTimestamp();
    }

    /// <summary>What can wait may begin now.</summary>
    public bool HasRoom => Balance() > 0;

    /// <summary>How long until <see cref="HasRoom"/> is true, if nothing is spent meanwhile.</summary>
    public TimeSpan Wait => TimeSpan.FromSeconds(Math.Max(0, (1 - Balance()) / _perSecond));

    /// <summary>Calls were made; more than there was room for is made up for later, but for ten seconds at most.</summary>
    public void Spend(long calls) => _balance = Math.Max(Balance() - calls, -10.0 * _perSecond);

    private double Balance()
    {
        long now = _time.GetTimestamp();
        _balance = Math.Min(_perSecond, _balance + (_time.GetElapsedTime(_at, now).TotalSeconds * _perSecond));
        _at = now;
        return _balance;
    }
}
