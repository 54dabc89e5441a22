using System.Collections.Immutable;
using System.Diagnostics;
using System.Numerics;
using System.Security.Cryptography;
using Dpdk.Eal;
using Dpdk.Ethdev;
using Dpdk.Mbuf;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Switching;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// A run-to-completion loop over queue 0 of its ports: receive a burst, parse all, decide all, switch all, send. Either
/// polled step by step by one thread, or run on a thread of its own; never both.
/// </summary>
[HotPath]
internal sealed unsafe class PollWorker : IDisposable
{
    /// <summary>Mark of packets that the NIC's rules take for allowed (the same number in Offload).</summary>
    private const uint PassMarkId = 1;

    private readonly PolicyEngine _engine;
    private readonly PolicySwitch _switch;
    private readonly FrameGather _gather = new();
    private readonly Mempool _pool;
    private readonly BurstPointers[] _ports;
    private readonly TxBuffer[] _tx;
    private readonly NativeBlock<nint> _packets;
    private readonly NativeBlock<nint> _dropped;
    private readonly NativeBlock<ParsedPacket> _parsed;
    private readonly NativeBlock<PacketOutcome> _outcomes;
    private readonly NativeBlock<PlaceEntry> _places;
    private readonly NativeBlock<PortCounterBlock> _portCounters;
    private readonly ushort[] _ethPortIds;
    private readonly TraceSlot _trace = new();
    private readonly Func<long> _clockMs;
    private readonly AutoResetEvent _wake = new(false);
    private readonly WorkerCounterBlock* _counters;
    private readonly ushort _burstPkts;
    private readonly int _idlePollsBeforeWait;
    private readonly int _idleWaitMs;
    private readonly string _threadName;
    private Thread? _thread;
    private int _state;
    private int _owner;
    private readonly int? _cpu;
    private int _forget;
    private long _lastPollMs;
    private int _droppedCount;

    /// <summary>Makes a worker for started ports.</summary>
    public PollWorker(
        FallbackOptions options, SnapshotPublisher publisher, Mempool pool, IReadOnlyList<SwitchPort> ports)
    {
        ArgumentOutOfRangeException.ThrowIfZero(ports.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ports.Count, PortLayout.MaxPorts);
        ArgumentOutOfRangeException.ThrowIfZero(options.BurstPkts);
        _ports = [.. ports.Select(p => p.Port.GetBurst(0))];
        _engine = new PolicyEngine(options, publisher);
        _counters = _engine.Counters;
        _portCounters = new NativeBlock<PortCounterBlock>(ports.Count);
        _ethPortIds = [.. ports.Select(p => p.Port.Id)];
        _tx = [.. ports.Select((_, i) => NewTx(i, options.BurstPkts))];
        PortLayout layout = new(
            ports.Count,
            MaskOf(ports, p => p.Role == PortRole.Pod),
            MaskOf(ports, p => p.Reflect));
        ulong seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        _places = NativeBlock<PlaceEntry>.CopyOf(PlaceTable.EntriesOf(ports));
        PlaceTable places = new()
        {
            Entries = _places.Pointer,
            Count = _places.Length,
            ListedPorts = MaskOf(ports, p => !p.Pods.IsEmpty),
        };
        _switch = new PolicySwitch(layout, options, seed, _engine.State, places);
        _pool = pool;
        _burstPkts = options.BurstPkts;
        _cpu = options.Cpu;
        _packets = new NativeBlock<nint>(options.BurstPkts);
        _dropped = new NativeBlock<nint>(options.BurstPkts);
        _parsed = new NativeBlock<ParsedPacket>(options.BurstPkts);
        _outcomes = new NativeBlock<PacketOutcome>(options.BurstPkts);
        _clockMs = options.ClockMs ?? (static () => Environment.TickCount64);
        _idlePollsBeforeWait = options.IdlePollsBeforeWait;
        _idleWaitMs = options.IdleWaitMs;
        _threadName = $"npn-rx-{ports[0].Port.Id}-0";
    }

    public WorkerState State => (WorkerState)Volatile.Read(ref _state);

    /// <summary>What ended the thread, or null. Nothing is forwarded since.</summary>
    public Exception? Fault { get; private set; }

    public PolicyEngine Engine => _engine;

    /// <summary>The clock. Any thread.</summary>
    public long NowMs => _clockMs();

    /// <summary>The clock at the last poll, or 0 before the first. Any thread.</summary>
    public long LastPollMs => Volatile.Read(ref _lastPollMs);

    /// <summary>One round over all ports by the calling thread. Only while no thread was started.</summary>
    /// <returns>Packets received.</returns>
    public int PollOnce()
    {
        if (State != WorkerState.Created)
        {
            throw new InvalidOperationException($"a worker that is {State} is not polled from outside");
        }

        Own();
        try
        {
            _engine.Epoch.Enter();
            return Poll();
        }
        finally
        {
            _engine.Epoch.Exit();
            Disown();
        }
    }

    /// <summary>Starts the thread.</summary>
    public void Start()
    {
        if (Interlocked.CompareExchange(ref _state, (int)WorkerState.Running, (int)WorkerState.Created) != 0)
        {
            throw new InvalidOperationException("a worker starts once");
        }

        _thread = new Thread(Run) { Name = _threadName, IsBackground = true };
        _thread.Start();
    }

    /// <summary>Lets the thread finish its burst and waits for its end. Again: does nothing.</summary>
    public void Stop()
    {
        Interlocked.CompareExchange(ref _state, (int)WorkerState.Draining, (int)WorkerState.Running);
        _wake.Set();
        _thread?.Join();
        Volatile.Write(ref _state, (int)WorkerState.Stopped);
    }

    /// <summary>Has connections and fragments forgotten before the next packet. Any thread.</summary>
    public void ForgetConnections() => Volatile.Write(ref _forget, 1);

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
        _trace.Ask(packet);
        _wake.Set();
        SpinWait spin = default;
        long start = Stopwatch.GetTimestamp();
        TraceAnswer answer;
        while (!_trace.TryTake(out answer))
        {
            if (TryOwn())
            {
                bool isMine = _trace.TryWithdraw();
                answer = isMine ? _engine.TraceAlone(packet, _clockMs()) : default;
                Disown();
                if (isMine)
                {
                    break;
                }
            }
            else if (Stopwatch.GetElapsedTime(start).TotalMilliseconds > timeoutMs && _trace.TryWithdraw())
            {
                throw new TimeoutException($"the polling thread has not come by for {timeoutMs} ms");
            }

            spin.SpinOnce();
        }

        return answer;
    }

    public void Dispose()
    {
        Stop();
        _switch.Dispose();
        _gather.Dispose();
        Array.ForEach(_tx, t => t.Dispose());
        _packets.Dispose();
        _dropped.Dispose();
        _parsed.Dispose();
        _outcomes.Dispose();
        _places.Dispose();
        _portCounters.Dispose();
        _engine.Dispose();
        _wake.Dispose();
    }

    private static ulong MaskOf(IReadOnlyList<SwitchPort> ports, Func<SwitchPort, bool> has) =>
        ports.Select((p, i) => has(p) ? 1UL << i : 0).Aggregate(0UL, (a, b) => a | b);

    private TxBuffer NewTx(int port, ushort burstPkts) => new(_ports[port], burstPkts, _counters, _portCounters.Pointer + port);

    /// <summary>Claims the engine. What holds it for long is the polling thread; all others for microseconds.</summary>
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
            if (_cpu is { } cpu)
            {
                DpdkThread.TryPin(cpu);
            }

            _engine.Epoch.Enter();
            int idlePolls = 0;
            while (Volatile.Read(ref _state) == (int)WorkerState.Running)
            {
                _engine.Epoch.Quiesce();
                idlePolls = Poll() > 0 ? 0 : idlePolls + 1;
                if (_idlePollsBeforeWait > 0 && idlePolls >= _idlePollsBeforeWait)
                {
                    idlePolls = _idlePollsBeforeWait - 1;

                    // Who naps holds no snapshot: publishing does not wait for it.
                    _engine.Epoch.Exit();
                    _wake.WaitOne(_idleWaitMs);
                    _engine.Epoch.Enter();
                }
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Fault = exception;
        }
        finally
        {
            _engine.Epoch.Exit();
            DpdkThread.Unregister();
            Volatile.Write(ref _state, (int)WorkerState.Stopped);
            Disown();
        }
    }

    private int Poll()
    {
        if (Volatile.Read(ref _forget) != 0)
        {
            Volatile.Write(ref _forget, 0);
            _engine.ForgetConnections();
        }

        long nowMs = _clockMs();
        Volatile.Write(ref _lastPollMs, nowMs);
        _engine.BeginBurst(nowMs);
        _switch.BeginBurst();
        int total = 0;
        for (int port = 0; port < _ports.Length; port++)
        {
            int count = _ports[port].Rx((Mbuf**)_packets.Pointer, _burstPkts);
            if (count > 0)
            {
                HandleBurst(port, count, nowMs);
                total += count;
            }
        }

        if (total > 0)
        {
            for (int port = 0; port < _tx.Length; port++)
            {
                _tx[port].Flush();
            }
        }

        _trace.Answer(_engine, nowMs);
        _engine.EndBurst();
        _counters->Polls++;
        _counters->EmptyPolls += total == 0 ? 1UL : 0UL;
        _counters->RxPkts += (ulong)total;
        return total;
    }

    private void HandleBurst(int inPort, int count, long nowMs)
    {
        Mbuf** packets = (Mbuf**)_packets.Pointer;
        ulong bytes = 0;
        for (int i = 0; i < count; i++)
        {
            bytes += packets[i]->PacketLength;
            Parse(packets[i], _parsed.Pointer + i);
            _parsed.Pointer[i].IsMarked = packets[i]->HasMark && packets[i]->FdirId == PassMarkId;
        }

        PortCounterBlock* portCounters = _portCounters.Pointer + inPort;
        portCounters->RxPkts += (ulong)count;
        portCounters->RxBytes += bytes;
        _counters->RxBytes += bytes;

        BurstPipeline.Run(_switch.State, _parsed.Pointer, _outcomes.Pointer, count, inPort, nowMs);
        for (int i = 0; i < count; i++)
        {
            Dispatch(packets[i], _parsed.Pointer + i, _outcomes.Pointer + i, inPort, nowMs);
        }

        if (_droppedCount > 0)
        {
            Mempool.FreeBulk((Mbuf**)_dropped.Pointer, (uint)_droppedCount);
            _droppedCount = 0;
        }
    }

    private void Parse(Mbuf* packet, ParsedPacket* parsed)
    {
        if (_gather.TryView(packet, out byte* frame, out int length))
        {
            PacketParser.Parse(frame, length, out *parsed);
            return;
        }

        *parsed = default;
        parsed->Status = ParseStatus.Scattered;
    }

    private void Dispatch(Mbuf* packet, ParsedPacket* parsed, PacketOutcome* outcome, int inPort, long nowMs)
    {
        ulong ports = outcome->Ports;
        if (ports == 0)
        {
            _portCounters.Pointer[inPort].Drops[(int)outcome->Reason]++;
            _engine.Log(*parsed, outcome->Decision, nowMs);
            Drop(packet);
            return;
        }

        // The last port gets the packet itself.
        while ((ports & (ports - 1)) != 0)
        {
            SendCopy(packet, BitOperations.TrailingZeroCount(ports));
            ports &= ports - 1;
        }

        _tx[BitOperations.TrailingZeroCount(ports)].Add(packet);
    }

    private void SendCopy(Mbuf* packet, int port)
    {
        Mbuf* copy = _gather.Copy(_pool, packet);
        if (copy == null)
        {
            _counters->Drops[(int)DropReason.NoMbuf]++;
            _portCounters.Pointer[port].Drops[(int)DropReason.NoMbuf]++;
            return;
        }

        _counters->FloodedCopies++;
        _tx[port].Add(copy);
    }

    private void Drop(Mbuf* packet)
    {
        _dropped.Pointer[_droppedCount] = (nint)packet;
        _droppedCount++;
    }
}
