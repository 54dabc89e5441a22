using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Benches.Datapath;

/// <summary>The connection table alone: hits and misses of bursts, prefetched and not; an insertion with a removal.</summary>
[MemoryDiagnoser]
[SuppressMessage("Design", "CA1001", Justification = "GlobalCleanup disposes; the runner derives from the class.")]
public unsafe class TableBenchmarks
{
    private const int Burst = 32;
    private const int Bursts = 64;
    private const long NowMs = 1000;

    private readonly NativeBlock<WorkerCounterBlock> _counters = new(1);
    private readonly NativeBlock<ConnectionTable> _table = new(1);
    private readonly NativeBlock<ConnectionQuery> _queries = new(Burst);
    private ConnectionMemory? _memory;
    private int _at;

    /// <summary>Connections in the table, which holds a million.</summary>
    [Params(10_000, 1_000_000)]
    public int Connections { get; set; }

    /// <summary>4 or 6.</summary>
    [Params(4, 6)]
    public byte IpVersion { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _memory = new ConnectionMemory(1 << 20, 1 << 20);
        *_table.Pointer = _memory.NewTable(0x1234_5678_9abc_def1, _counters.Pointer);
        for (int i = 0; i < Connections; i++)
        {
            ConnectionQuery query = QueryOf(i, 80);
            if (ConnectionTable.Insert(_table.Pointer, &query, 0, NowMs) == null)
            {
                throw new InvalidOperationException("a connection does not fit");
            }
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Burst * Bursts)]
    public int Hit() => LookUp(80, prefetches: true);

    [Benchmark(OperationsPerInvoke = Burst * Bursts)]
    public int HitWithoutPrefetch() => LookUp(80, prefetches: false);

    [Benchmark(OperationsPerInvoke = Burst * Bursts)]
    public int Miss() => LookUp(81, prefetches: true);

    [Benchmark]
    public void InsertAndRemove()
    {
        ConnectionQuery query = QueryOf(Next(), 82);
        ConnectionTable.Remove(_table.Pointer, ConnectionTable.Insert(_table.Pointer, &query, 0, NowMs));
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _memory?.Dispose();
        _table.Dispose();
        _queries.Dispose();
        _counters.Dispose();
    }

    private int LookUp(ushort dstL4Port, bool prefetches)
    {
        int found = 0;
        for (int burst = 0; burst < Bursts; burst++)
        {
            for (int i = 0; i < Burst; i++)
            {
                _queries.Pointer[i] = QueryOf(Next(), dstL4Port);
                if (prefetches)
                {
                    ConnectionTable.Prefetch(_table.Pointer, _queries.Pointer + i);
                }
            }

            for (int i = 0; i < Burst; i++)
            {
                found += ConnectionTable.Find(_table.Pointer, _queries.Pointer + i) != null ? 1 : 0;
            }
        }

        return found;
    }

    private int Next() => _at = (_at + 7919) % Connections;

    private ConnectionQuery QueryOf(int number, ushort dstL4Port)
    {
        UInt128 net = IpVersion == 4 ? 0 : (UInt128)0xfd00_0000_0000_0000UL << 64;
        FlowKey key = new()
        {
            SrcAddr = net | (0x0a000000u + (uint)(number >> 12)),
            DstAddr = net | 0x0b000001u,
            SrcL4Port = (ushort)(number & 0xfff),
            DstL4Port = dstL4Port,
            IpProto = 6,
            IpVersion = IpVersion,
        };
        ConnectionQuery.Make(key, L4Kind.TcpData, _table.Pointer->Seed, out ConnectionQuery query);
        return query;
    }
}
