using Dpdk.Mbuf;
using NetPolNic.Fallback.Switching;
using NetPolNic.Fallback.Worker;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback;

/// <summary>
/// The software data path: a policy switch between DPDK ports. Nothing passes before the first policy is published
/// (S-b18). Owns neither the ports nor the pool; both outlive it.
/// </summary>
public sealed class FallbackDataPath : IDisposable
{
    private readonly SnapshotPublisher _publisher = new();
    private readonly PollWorker _worker;
    private bool _disposed;

    /// <summary>Makes the data path; starts nothing.</summary>
    /// <param name="options">Dimensions.</param>
    /// <param name="pool">Where flooded copies come from.</param>
    /// <param name="ports">Configured and started ports, 1 to 64; queue 0 of each belongs to the data path.</param>
    public FallbackDataPath(FallbackOptions options, Mempool pool, IReadOnlyList<SwitchPort> ports)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(ports);
        _worker = new PollWorker(options, _publisher, pool, ports);
    }

    /// <summary>What the thread does.</summary>
    public WorkerState State => _worker.State;

    /// <summary>What ended the thread, or null; nothing is forwarded since.</summary>
    public Exception? Fault => _worker.Fault;

    /// <summary>Connections and tombstones that are tracked now. Any thread.</summary>
    public int ConnectionCount => _worker.Engine.ConnectionCount;

    /// <summary>Native memory of the policy in force.</summary>
    public long PolicyMemoryBytes => _publisher.MemoryBytes;

    /// <summary>Puts a policy in force: every packet sees the old or the new one (I4). Any control thread.</summary>
    public void Publish(PolicySnapshot snapshot) => _publisher.Publish(snapshot);

    /// <summary>
    /// One round over all ports by the calling thread, which must stay the same. Only before <see cref="Start"/>.
    /// </summary>
    /// <returns>Packets received.</returns>
    /// <exception cref="InvalidOperationException">The thread was started, or the data path stopped.</exception>
    public int PollOnce() => _worker.PollOnce();

    /// <summary>Starts the polling thread, once.</summary>
    public void Start() => _worker.Start();

    /// <summary>Lets the thread finish its burst and waits for it; the ports may be stopped afterwards.</summary>
    public void Stop() => _worker.Stop();

    /// <summary>Counters since start. Any thread.</summary>
    public FallbackCounters ReadCounters() => _worker.Engine.ReadCounters();

    /// <summary>The last packets that policy denied, oldest first. Any thread.</summary>
    public IReadOnlyList<DeniedPacket> ReadDenied() => _worker.Engine.ReadDenied();

    /// <summary>Has connections and fragments forgotten before the next packet is decided. Any thread.</summary>
    public void ForgetConnections() => _worker.ForgetConnections();

    /// <summary>Stops the thread and frees native memory. No other member may be running.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _worker.Dispose();
        _publisher.Dispose();
    }
}
