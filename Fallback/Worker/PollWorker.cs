using System.Collections.Immutable;
using System.Diagnostics;
using Dpdk.Eal;
using Dpdk.Mbuf;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Switching;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// The control side of one poll loop: owns its state in native memory, and has it polled step by step by one thread, or run
/// on a thread of its own; never both.
/// </summary>
internal sealed unsafe class PollWorker : IDisposable
{
    private readonly SnapshotPublisher _publisher;
    private readonly LoopFabric? _ownFabric;
    private readonly LoopCode _code;
    private readonly NativeBlock<LoopState> _state = new(1);
    private readonly NativeBlock<WorkerCounterBlock> _counters = new(1);
    private readonly NativeBlock<PortCounterBlock> _portCounters;
    private readonly NativeBlock<RoundTimes>? _rounds;
    private readonly ImmutableArray<ushort> _ethPortIds;
    private readonly Func<long>? _clockMs;
    private readonly string _threadName;
    private Thread? _thread;
    private int _workerState;
    private int _owner;
    private bool _disposed;

    /// <summary>Makes a worker for started ports, which no other worker uses.</summary>
    public PollWorker(
        FallbackOptions options, SnapshotPublisher publisher, Mempool pool, IReadOnlyList<SwitchPort> ports)
        : this(options, publisher, pool, ports, new LoopFabric(ports, 1), 0, options.Cpu)
    {
        _ownFabric = Fabric;
    }

    /// <summary>Makes one of several workers.</summary>
    public PollWorker(
        FallbackOptions options,
        SnapshotPublisher publisher,
        Mempool pool,
        IReadOnlyList<SwitchPort> ports,
        LoopFabric fabric,
        int index,
        int? cpu)
    {
        ArgumentOutOfRangeException.ThrowIfZero(options.BurstPkts);
        Fabric = fabric;
        Cpu = cpu;
        _publisher = publisher;
        _code = options.Library?.Code ?? LoopCode.OfThisRuntime;
        _clockMs = options.ClockMs;
        _portCounters = new NativeBlock<PortCounterBlock>(ports.Count);
        _ethPortIds = [.. ports.Select(p => p.Port.Id)];
        _threadName = $"npn-rx-{ports[0].Port.Id}-{index}";
        LoopState* state = _state.Pointer;
        state->Dimensions = LoopDimensions.Of(options);
        state->Epoch = publisher.Register();
        state->Denied = DeniedRing.Create(options.DeniedRingEntries);
        state->Tally = DeniedTally.Create(fabric.Seed);
        state->Wake = WakeSignal.Create();
        state->Counters = _counters.Pointer;
        state->PortCounters = _portCounters.Pointer;
        state->Ports = fabric.PortsOf(index);
        state->PortCount = ports.Count;
        state->Index = index;
        state->Count = fabric.Count;
        state->Inboxes = fabric.Inboxes;
        state->Stations = fabric.Stations;
        state->Places = fabric.Places;
        state->Pool = pool.Handle;
        _rounds = options.MeasuresRounds ? new NativeBlock<RoundTimes>(1) : null;
        state->Rounds = _rounds is null ? null : _rounds.Pointer;
        state->Seed = fabric.Seed;
        try
        {
            Check(_code.Open(state));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public WorkerState State => (WorkerState)Volatile.Read(ref _workerState);

    /// <summary>What ended the thread, or null. Nothing is forwarded since.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>The CPU that the thread is confined to, or null.</summary>
    public int? Cpu { get; }

    /// <summary>The clock. Any thread.</summary>
    public long NowMs => _clockMs?.Invoke() ?? Environment.TickCount64;

    /// <summary>The clock at the last poll, or 0 before the first. Any thread.</summary>
    public long LastPollMs => Volatile.Read(ref _state.Pointer->Report.LastPollMs);

    /// <summary>Connections and tombstones as of the last poll. Any thread.</summary>
    public int ConnectionCount => Volatile.Read(ref _state.Pointer->Report.Connections);

    /// <summary>Connections and tombstones that fit.</summary>
    public int ConnectionCapacity => _state.Pointer->Report.ConnectionCapacity;

    /// <summary>What the loop has allocated and collected while it ran; known when its thread has ended.</summary>
    public (long AllocatedBytes, long Collections) HeapUse =>
        (Volatile.Read(ref _state.Pointer->Report.AllocatedBytes), Volatile.Read(ref _state.Pointer->Report.Collections));

    /// <summary>The rounds that were measured, or null where none are.</summary>
    public RoundTimes* Rounds => _state.Pointer->Rounds;

    internal WorkerEpoch Epoch => _state.Pointer->Epoch;

    private LoopFabric Fabric { get; }

    /// <summary>One round over all ports by the calling thread. Only while no thread was started.</summary>
    /// <returns>Packets received, those that another loop has handed over included.</returns>
    public int PollOnce()
    {
        if (State != WorkerState.Created)
        {
            throw new InvalidOperationException($"a worker that is {State} is not polled from outside");
        }

        Own();
        try
        {
            return Check(_code.Poll(_state.Pointer, NowMs));
        }
        finally
        {
            Disown();
        }
    }

    /// <summary>Starts the thread.</summary>
    public void Start()
    {
        if (_clockMs is not null && !_code.TakesClock)
        {
            throw new InvalidOperationException("a loop of a library runs by the monotonic clock alone");
        }

        if (Interlocked.CompareExchange(ref _workerState, (int)WorkerState.Running, (int)WorkerState.Created) != 0)
        {
            throw new InvalidOperationException("a worker starts once");
        }

        // A thread that never comes to poll lags as well.
        Interlocked.CompareExchange(ref _state.Pointer->Report.LastPollMs, NowMs, 0);
        _thread = new Thread(Run) { Name = _threadName, IsBackground = true };
        _thread.Start();
    }

    /// <summary>Tells the thread to finish its burst and end.</summary>
    public void BeginStop()
    {
        Interlocked.CompareExchange(ref _workerState, (int)WorkerState.Draining, (int)WorkerState.Running);
        Volatile.Write(ref _state.Pointer->Control.Stop, 1);
        _state.Pointer->Wake.Set();
    }

    /// <summary>Lets the thread finish its burst and waits for its end. Again: does nothing.</summary>
    public void Stop()
    {
        BeginStop();
        _thread?.Join();
        Volatile.Write(ref _workerState, (int)WorkerState.Stopped);
    }

    /// <summary>Has connections and fragments forgotten before the next packet. Any thread.</summary>
    public void ForgetConnections() => Volatile.Write(ref _state.Pointer->Control.Forget, 1);

    /// <summary>Counters so far. Any thread.</summary>
    public FallbackCounters ReadCounters() => FallbackCounters.Read(_counters.Pointer);

    /// <summary>The last denied packets, oldest first. Any thread.</summary>
    public IReadOnlyList<DeniedPacket> ReadDenied() => _state.Pointer->Denied.Read();

    /// <summary>The most frequent denied packets since the last call, in no order. One control thread.</summary>
    public List<DeniedTallyEntry> TakeDeniedTally() => _state.Pointer->Tally.Take();

    /// <summary>Counters by port, in the order of the ports. Any thread.</summary>
    public ImmutableArray<FallbackPortCounters> ReadPorts() =>
        [.. _ethPortIds.Select((id, i) => FallbackPortCounters.Read(id, _portCounters.Pointer + i))];

    /// <summary>
    /// Has a packet traced by the thread that polls, between two bursts; where none does, by the calling thread. Callers
    /// take turns outside.
    /// </summary>
    /// <exception cref="TimeoutException">The polling thread did not come by.</exception>
    public TraceAnswer Trace(in ParsedPacket packet, int timeoutMs)
    {
        TraceSlot* slot = &_state.Pointer->Trace;
        slot->Ask(packet);
        _state.Pointer->Wake.Set();
        SpinWait spin = default;
        long start = Stopwatch.GetTimestamp();
        TraceAnswer answer;
        while (!slot->TryTake(out answer))
        {
            if (TryOwn())
            {
                try
                {
                    if (slot->TryWithdraw())
                    {
                        ParsedPacket copy = packet;
                        Check(_code.Trace(_state.Pointer, &copy, NowMs, &answer));
                        break;
                    }
                }
                finally
                {
                    Disown();
                }
            }
            else if (Stopwatch.GetElapsedTime(start).TotalMilliseconds > timeoutMs && slot->TryWithdraw())
            {
                throw new TimeoutException($"the polling thread has not come by for {timeoutMs} ms");
            }

            spin.SpinOnce();
        }

        return answer;
    }

    /// <summary>Stops the thread and frees all. Siblings must be stopped before the first of them is disposed of.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        Stop();
        LoopState* state = _state.Pointer;
        _code.Close(state);
        _publisher.Unregister(state->Epoch);
        state->Denied.Free();
        state->Tally.Free();
        state->Wake.Close();
        _portCounters.Dispose();
        _counters.Dispose();
        _rounds?.Dispose();
        _state.Dispose();
        _ownFabric?.Dispose();
    }

    private int Check(int result) => result == LoopEntry.Failed
        ? throw new LoopFaultException(_state.Pointer->Report.ReadFault() ?? "the poll loop failed")
        : result;

    /// <summary>Claims the loop. What holds it for long is the polling thread; all others for microseconds.</summary>
    private bool TryOwn() => Interlocked.CompareExchange(ref _owner, 1, 0) == 0;

    private void Own()
    {
        SpinWait spin = default;
        while (!TryOwn())
        {
            spin.SpinOnce();
        }
    }

    private void Disown() => Volatile.Write(ref _owner, 0);

    private void Run()
    {
        Own();
        try
        {
            DpdkThread.Register();
            if (Cpu is { } cpu && DpdkThread.TryPin(cpu) && Environment.ProcessorCount > _state.Pointer->Count)
            {
                // Only where the rest of the agent has a CPU besides.
                DpdkThread.TryTakePrecedence();
            }

            Check(_code.Run(_state.Pointer, _clockMs));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Fault = exception;
        }
        finally
        {
            DpdkThread.Unregister();
            Volatile.Write(ref _workerState, (int)WorkerState.Stopped);
            Disown();
        }
    }
}
