using System.Collections.Immutable;
using Dpdk.Mbuf;
using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;
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
    private const int TraceTimeoutMs = 1000;

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

    /// <summary>Connections and tombstones that fit.</summary>
    public int ConnectionCapacity => _worker.Engine.ConnectionCapacity;

    /// <summary>The data path's clock in milliseconds, of any origin. Any thread.</summary>
    public long NowMs => _worker.NowMs;

    /// <summary>
    /// The clock at the last poll, or 0 before the first. A thread that is <see cref="WorkerState.Running"/> polls at
    /// least every few milliseconds: one that lags <see cref="NowMs"/> by much hangs. Any thread.
    /// </summary>
    public long LastPollMs => _worker.LastPollMs;

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

    /// <summary>Counters by port, in the order of the constructor's. Any thread.</summary>
    public ImmutableArray<FallbackPortCounters> ReadPorts() => _worker.ReadPorts();

    /// <summary>
    /// What would become of a packet now: decided by the polling thread between two bursts, or by the calling one where
    /// none polls. Changes no state. Any control thread; publishing waits meanwhile.
    /// </summary>
    /// <exception cref="ArgumentException">The addresses are of two families.</exception>
    /// <exception cref="TimeoutException">The polling thread hangs.</exception>
    public FallbackTrace Trace(in FallbackProbe probe)
    {
        ParsedPacket packet = ProbeParser.Parse(probe);
        return _publisher.Hold(snapshot => TraceOf(_worker.Trace(packet, TraceTimeoutMs), snapshot));
    }

    /// <summary>The last packets that policy denied, oldest first. Any thread.</summary>
    public IReadOnlyList<DeniedPacket> ReadDenied() => _worker.Engine.ReadDenied();

    /// <summary>
    /// The most frequent denied packets since the last call, in no order: what a NIC could save the worker. One control
    /// thread.
    /// </summary>
    public IReadOnlyList<DeniedTallyEntry> TakeDeniedTally() => _worker.Engine.TakeDeniedTally();

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

    private static FallbackTrace TraceOf(in TraceAnswer answer, ClassifierSnapshot? snapshot)
    {
        if (answer.Generation != (snapshot?.Generation ?? 0))
        {
            throw new TimeoutException("the polling thread does not decide by the policy in force yet");
        }

        const long MsPerSecond = 1000;
        TracedConnection? connection = answer.HasConnection
            ? new TracedConnection(
                answer.Connection.State,
                answer.FromOpener,
                answer.Connection.IsCut,
                Math.Max(0, (answer.NowMs / MsPerSecond) - answer.Connection.OpenedSec),
                answer.Connection.ExpiresMs - answer.NowMs)
            : null;
        return new FallbackTrace(
            snapshot?.EndpointAt(answer.Ends.Src),
            snapshot?.EndpointAt(answer.Ends.Dst),
            answer.IsExempt,
            connection,
            answer.Decision);
    }
}
