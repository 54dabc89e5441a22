using System.Diagnostics;
using Dpdk.Eal;
using Dpdk.Ethdev;
using Dpdk.Mbuf;

namespace NetPolNic.Benches.LineRate;

/// <summary>
/// Offers frames at a constant rate on two vhost-user ports, from one CPU, and counts what comes out of the other one. Stock
/// testpmd has no rate, so the generator is ours. One instance per process.
/// </summary>
internal sealed unsafe class Generator : IDisposable
{
    private const int Burst = 32;
    private const uint Magic = 0x6e706e31;

    // 7 of 64, 4 of 594 and one of 1518 bytes, spread.
    private static readonly int[] s_imix = [64, 594, 64, 64, 594, 64, 64, 594, 64, 64, 594, 1518];

    private readonly DpdkEal _eal;
    private readonly Mempool _pool;
    private readonly EthPort[] _ports;
    private readonly BurstPointers[] _bursts;
    private readonly FlowFrames _frames;
    private readonly LatencyHistogram _latency = new();
    private uint _trial;
    private int _flow;
    private int _mix;

    internal Generator(string folder, int cpu, int flows)
    {
        DpdkThread.TryPin(cpu);
        Paths = [Path.Combine(folder, "uplink.sock"), Path.Combine(folder, "pod.sock")];
        _eal = DpdkEal.Start(new EalOptions
        {
            ProgramName = "line-rate",
            InMemory = false,
            NoHuge = true,
            MemoryMiB = 256,
            Lcores = [cpu],
            Vdevs = [.. Paths.Select((path, i) => $"net_vhost{i},iface={path},queues=1")],
            LogLevel = "*:error",
        });
        _pool = _eal.CreatePktMbufPool("frames", 32767);
        _ports = [.. Paths.Select((_, i) => _eal.FindPort($"net_vhost{i}")!)];
        foreach (EthPort port in _ports)
        {
            port.Configure(new EthPortOptions(), _pool);
            port.Start();
        }

        _bursts = [.. _ports.Select(port => port.GetBurst(0))];
        _frames = new FlowFrames(flows);
    }

    /// <summary>Sockets that the device under test connects to: its uplink, its pod.</summary>
    internal string[] Paths { get; }

    /// <summary>Whether a device is connected to both sockets.</summary>
    internal bool IsConnected => Array.TrueForAll(_ports, port => port.Link.IsUp);

    /// <summary>Sends a few frames of every flow so that the device knows stations and connections; counts nothing.</summary>
    internal void WarmUp() => Offer(20_000, 64, Math.Max(0.5, _frames.Flows * 4 / 20_000.0));

    /// <summary>Offers frames for some time, then waits for the last ones.</summary>
    /// <param name="pps">Frames per second, half of them in each direction.</param>
    /// <param name="size">Bytes without FCS; 0: IMIX.</param>
    /// <param name="seconds">How long.</param>
    internal TrialResult Offer(double pps, int size, double seconds)
    {
        _trial++;
        _latency.Clear();
        long hz = Stopwatch.Frequency;
        long start = Stopwatch.GetTimestamp();
        long end = start + (long)(seconds * hz);
        long due = 0, received = 0, before = start;
        int late = 0;
        int side = 0;
        while (true)
        {
            long now = Stopwatch.GetTimestamp();
            late += (now - before) * 5000 > hz ? 1 : 0;
            before = now;
            if (now >= end)
            {
                break;
            }

            long owed = (long)((now - start) * pps / hz) - due;
            if (owed > 0)
            {
                int n = (int)Math.Min(owed, Burst);
                Send(side, n, size, now);
                due += n;
                side ^= 1;
            }

            received += Receive(0, hz) + Receive(1, hz);
        }

        // What is under way arrives within a fraction of this.
        for (long until = end + (hz / 5); Stopwatch.GetTimestamp() < until;)
        {
            received += Receive(0, hz) + Receive(1, hz);
        }

        return new TrialResult(pps, due, received, seconds, _latency, late);
    }

    public void Dispose()
    {
        foreach (EthPort port in _ports)
        {
            port.Dispose();
        }

        _eal.Dispose();
    }

    private void Send(int side, int n, int size, long now)
    {
        Mbuf** packets = stackalloc Mbuf*[Burst];
        if (!_pool.TryAllocBulk(packets, (uint)n))
        {
            return;
        }

        for (int i = 0; i < n; i++)
        {
            int bytes = size != 0 ? size : s_imix[_mix = (_mix + 1) % s_imix.Length];
            Mbuf* packet = packets[i];
            _frames.WriteTo(new Span<byte>(packet->Data, FlowFrames.HeaderBytes), _flow, side == 1, bytes);
            if (side == 1)
            {
                _flow = _flow + 1 < _frames.Flows ? _flow + 1 : 0;
            }

            *(uint*)(packet->Data + FlowFrames.HeaderBytes) = Magic;
            *(uint*)(packet->Data + FlowFrames.HeaderBytes + 4) = _trial;
            *(long*)(packet->Data + FlowFrames.HeaderBytes + 8) = i % 16 == 0 ? now : 0;
            packet->DataLength = (ushort)bytes;
            packet->PacketLength = (uint)bytes;
        }

        int sent = _bursts[side].Tx(packets, (ushort)n);
        if (sent < n)
        {
            Mempool.FreeBulk(packets + sent, (uint)(n - sent));
        }
    }

    private int Receive(int side, long hz)
    {
        Mbuf** packets = stackalloc Mbuf*[Burst];
        int n = _bursts[side].Rx(packets, Burst);
        int counted = 0;
        for (int i = 0; i < n; i++)
        {
            byte* data = packets[i]->Data + FlowFrames.HeaderBytes;
            if (packets[i]->DataLength >= FlowFrames.HeaderBytes + 16 && *(uint*)data == Magic && *(uint*)(data + 4) == _trial)
            {
                counted++;
                long at = *(long*)(data + 8);
                if (at != 0)
                {
                    _latency.Add((long)((Stopwatch.GetTimestamp() - at) * 1e9 / hz));
                }
            }
        }

        if (n > 0)
        {
            Mempool.FreeBulk(packets, (uint)n);
        }

        return counted;
    }
}
