using System.Collections.Immutable;
using Dpdk.Ethdev;
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
    private readonly LoopFabric _fabric;
    private readonly ImmutableArray<PollWorker> _workers;
    private readonly DeniedMerge _denied;
    private bool _disposed;

    /// <summary>Makes the data path; starts nothing.</summary>
    /// <param name="options">Dimensions.</param>
    /// <param name="pool">Where flooded copies come from.</param>
    /// <param name="ports">
    /// Configured and started ports, 1 to 64; their queues belong to the data path. With several loops, as
    /// <see cref="QueuesFor"/> says.
    /// </param>
    public FallbackDataPath(FallbackOptions options, Mempool pool, IReadOnlyList<SwitchPort> ports)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(ports);
        int?[] cpus = options.Cpus.Count == 0 ? [options.Cpu] : [.. options.Cpus.Select(cpu => (int?)cpu)];
        _fabric = new LoopFabric(ports, cpus.Length);
        ImmutableArray<PollWorker>.Builder workers = ImmutableArray.CreateBuilder<PollWorker>(cpus.Length);
        try
        {
            for (int i = 0; i < cpus.Length; i++)
            {
                workers.Add(new PollWorker(options, _publisher, pool, ports, _fabric, i, cpus[i]));
            }
        }
        catch
        {
            Free(workers);
            throw;
        }

        _workers = workers.MoveToImmutable();
        _denied = new DeniedMerge(_workers);
    }

    /// <summary>What the threads do: running where all are, else what one of those does that are not.</summary>
    public WorkerState State => _workers.FirstOrDefault(w => w.State != WorkerState.Running)?.State ?? WorkerState.Running;

    /// <summary>What ended a thread, or null; nothing is forwarded by it since.</summary>
    public Exception? Fault => _workers.Select(w => w.Fault).FirstOrDefault(fault => fault is not null);

    /// <summary>Connections and tombstones that are tracked, as of the last poll. Any thread.</summary>
    public int ConnectionCount => _workers.Sum(w => w.ConnectionCount);

    /// <summary>Connections and tombstones that fit.</summary>
    public int ConnectionCapacity => _workers.Sum(w => w.ConnectionCapacity);

    /// <summary>The data path's clock in milliseconds, of any origin. Any thread.</summary>
    public long NowMs => _workers[0].NowMs;

    /// <summary>
    /// The clock at the last poll of the loop that has not polled for longest, or 0 before its first. A thread that is
    /// <see cref="WorkerState.Running"/> polls at least every few milliseconds: one that lags <see cref="NowMs"/> by much
    /// hangs. Any thread.
    /// </summary>
    public long LastPollMs => _workers.Min(w => w.LastPollMs);

    /// <summary>How each loop fares. Any thread.</summary>
    public ImmutableArray<PollLoopStatus> Loops =>
    [
        .. _workers.Select((w, i) => new PollLoopStatus(
            i,
            w.Cpu,
            w.State,
            TimeSpan.FromMilliseconds(w.LastPollMs == 0 ? 0 : Math.Max(0, w.NowMs - w.LastPollMs)),
            w.ConnectionCount,
            w.Fault)),
    ];

    /// <summary>
    /// What the loops have allocated on their runtime's heap and collected there while they ran; known once they are
    /// stopped.
    /// </summary>
    public (long AllocatedBytes, long Collections) HeapUse =>
        (_workers.Sum(w => w.HeapUse.AllocatedBytes), _workers.Max(w => w.HeapUse.Collections));

    /// <summary>Native memory of the policy in force.</summary>
    public long PolicyMemoryBytes => _publisher.MemoryBytes;

    /// <summary>Puts a policy in force: every packet sees the old or the new one (I4). Any control thread.</summary>
    public void Publish(PolicySnapshot snapshot) => _publisher.Publish(snapshot);

    /// <summary>
    /// One round over all ports by the calling thread, which must stay the same. Only before <see cref="Start"/>.
    /// </summary>
    /// <returns>Packets received, and those that one loop has handed to another.</returns>
    /// <exception cref="InvalidOperationException">The threads were started, or the data path stopped.</exception>
    public int PollOnce()
    {
        int packets = 0;
        foreach (PollWorker worker in _workers)
        {
            packets += worker.PollOnce();
        }

        return packets;
    }

    /// <summary>Starts the polling threads, once.</summary>
    public void Start()
    {
        foreach (PollWorker worker in _workers)
        {
            worker.Start();
        }
    }

    /// <summary>Lets the threads finish their bursts and waits for them; the ports may be stopped afterwards.</summary>
    public void Stop()
    {
        foreach (PollWorker worker in _workers)
        {
            worker.BeginStop();
        }

        foreach (PollWorker worker in _workers)
        {
            worker.Stop();
        }
    }

    /// <summary>Counters since start, of all loops. Any thread.</summary>
    public FallbackCounters ReadCounters() => _workers.Select(w => w.ReadCounters()).Aggregate((a, b) => a + b);

    /// <summary>Counters by port, in the order of the constructor's, of all loops. Any thread.</summary>
    public ImmutableArray<FallbackPortCounters> ReadPorts() => _workers.Select(w => w.ReadPorts())
        .Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)]);

    /// <summary>
    /// What would become of a packet now: decided by the polling thread between two bursts, or by the calling one where
    /// none polls. Changes no state. Any control thread; publishing waits meanwhile.
    /// </summary>
    /// <exception cref="ArgumentException">The addresses are of two families.</exception>
    /// <exception cref="TimeoutException">The polling thread hangs.</exception>
    public FallbackTrace Trace(in FallbackProbe probe)
    {
        ParsedPacket packet = ProbeParser.Parse(probe);
        return _publisher.Hold(snapshot => TraceOf(OwnerOf(packet).Trace(packet, TraceTimeoutMs), snapshot));
    }

    /// <summary>Rounds of the first loop so far, by <see cref="FallbackOptions.MeasuresRounds"/>. Any thread.</summary>
    /// <param name="shares">0 to 1 each: the times that so many rounds did not exceed.</param>
    /// <exception cref="InvalidOperationException">They are not measured.</exception>
    public unsafe RoundSummary ReadRounds(params ReadOnlySpan<double> shares) =>
        (_workers[0].Rounds == null ? throw new InvalidOperationException("rounds are not measured") : _workers[0].Rounds)
        ->Read(shares);

    /// <summary>Rounds of the first loop that took longer than a time. Any thread.</summary>
    /// <exception cref="InvalidOperationException">They are not measured.</exception>
    public unsafe long CountRoundsAbove(double microseconds) =>
        (_workers[0].Rounds == null ? throw new InvalidOperationException("rounds are not measured") : _workers[0].Rounds)
        ->CountAbove(microseconds);

    /// <summary>The last packets that policy denied, oldest first. Any thread.</summary>
    public IReadOnlyList<DeniedPacket> ReadDenied() => _workers.Length == 1 ? _workers[0].ReadDenied() : _denied.Read();

    /// <summary>
    /// The most frequent denied packets of all loops since the last call, in no order: what a NIC could save them. One
    /// control thread.
    /// </summary>
    public IReadOnlyList<DeniedTallyEntry> TakeDeniedTally() => _workers.Length == 1
        ? _workers[0].TakeDeniedTally()
        : [.. _workers.SelectMany(worker => worker.TakeDeniedTally()).GroupBy(entry => entry with { Packets = 0 })
            .Select(alike => alike.Key with { Packets = alike.Sum(entry => entry.Packets) })];

    /// <summary>Has connections and fragments forgotten before the next packet is decided. Any thread.</summary>
    public void ForgetConnections()
    {
        foreach (PollWorker worker in _workers)
        {
            worker.ForgetConnections();
        }
    }

    /// <summary>Stops the thread and frees native memory. No other member may be running.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        Stop();
        Free(_workers);
    }

    /// <summary>How many queues a port is to be configured with for a number of loops.</summary>
    /// <remarks>
    /// Several receive queues only where the NIC spreads packets over them; where there is one, the loop that has it hands
    /// packets over. A loop without a transmit queue has the first one send for it.
    /// </remarks>
    public static EthPortOptions QueuesFor(EthPort port, int loops)
    {
        ArgumentNullException.ThrowIfNull(port);
        EthDeviceInfo info = port.Info;
        bool spreads = loops > 1 && EthPortOptions.CanSpreadByAddresses(info);
        return new EthPortOptions
        {
            RxQueues = (ushort)(spreads ? Math.Min(loops, info.MaxRxQueues) : 1),
            TxQueues = (ushort)Math.Clamp(loops, 1, Math.Max(1, (int)info.MaxTxQueues)),
            SymmetricKeyWord = SymmetricHash.KeyWord,
        };
    }

    private PollWorker OwnerOf(in ParsedPacket packet) => _workers[SymmetricHash.OwnerOf(packet, _workers.Length, 0)];

    private void Free(IEnumerable<PollWorker> workers)
    {
        foreach (PollWorker worker in workers)
        {
            worker.Dispose();
        }

        _fabric.Dispose();
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
                Math.Max(0, (answer.NowMs / MsPerSecond) - answer.OpenedSec),
                unchecked((int)(answer.Connection.ExpiresMs - (uint)answer.NowMs)))
            : null;
        return new FallbackTrace(
            snapshot?.EndpointAt(answer.Ends.Src),
            snapshot?.EndpointAt(answer.Ends.Dst),
            answer.IsExempt,
            connection,
            answer.Decision);
    }
}
