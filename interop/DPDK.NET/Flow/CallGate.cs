namespace Dpdk.Flow;

/// <summary>
/// Lets one call in at a time. Entered with one atomic operation and left with a plain write, where a
/// <see cref="System.Threading.Lock"/> has two: on a port whose calls come from one thread that is a good part of what a rule
/// costs here. Who finds somebody inside gives the CPU away and looks again; who is inside must not enter again.
/// </summary>
internal sealed class CallGate
{
    private int _isTaken;

    /// <summary>Waits until nobody is inside; dispose of what it returns, once, to leave.</summary>
    internal Visit Enter()
    {
        if (Interlocked.CompareExchange(ref _isTaken, 1, 0) != 0)
        {
            Wait();
        }

        return new Visit(this);
    }

    private void Wait()
    {
        SpinWait wait = default;
        do
        {
            wait.SpinOnce();
        }
        while (Volatile.Read(ref _isTaken) != 0 || Interlocked.CompareExchange(ref _isTaken, 1, 0) != 0);
    }

    /// <summary>The time inside.</summary>
    internal readonly ref struct Visit
    {
        private readonly CallGate _gate;

        internal Visit(CallGate gate) => _gate = gate;

        /// <summary>Leaves.</summary>
        public void Dispose() => Volatile.Write(ref _gate._isTaken, 0);
    }
}
