using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Decision;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Datapath;

/// <summary>
/// Parse, connection and policy of one 64-byte frame, by the number of peers of the pod's policy: denied packets, and
/// packets of connections that stand while policy about others is published.
/// </summary>
[MemoryDiagnoser]
[SuppressMessage("Design", "CA1001", Justification = "GlobalCleanup disposes; the runner derives from the class.")]
public unsafe class DecisionBenchmarks
{
    private const int Flows = 10_000;
    private const int FrameBytes = 64;

    private readonly PolicyEngine _engine = new(new FallbackOptions { ConnectionCapacity = 1 << 15 });
    private readonly byte[] _denied = GC.AllocateArray<byte>(Flows * FrameBytes, pinned: true);
    private readonly byte[] _allowed = GC.AllocateArray<byte>(Flows * FrameBytes, pinned: true);
    private PolicySnapshot[] _snapshots = [];
    private int _at;
    private int _next;

    /// <summary>Peers of the policy set.</summary>
    [Params(100, 10_000, 100_000)]
    public int Peers { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        PolicySet set = SyntheticSets.Of(Peers, 1);
        LocalEndpoint pod = SyntheticSets.Endpoint(1, set);
        _snapshots =
        [
            .. Enumerable.Range(2, 2).Select(other => new PolicySnapshot(
                other, [pod, SyntheticSets.Endpoint(other, SyntheticSets.Of(10, other))], [])),
        ];
        _engine.Publish(_snapshots[0]);
        uint[] peers = [.. set.Rules.SelectMany(r => r.Peers.Prefixes.Select(p => (uint)p.Addr.Value))];
        ushort port = set.Rules[0].Ports.Ranges[0].First;
        uint[] firstRule = [.. set.Rules[0].Peers.Prefixes.Select(p => (uint)p.Addr.Value)];
        for (int i = 0; i < Flows; i++)
        {
            Write(_denied, i, peers[i % peers.Length], (ushort)i, 9);
            Write(_allowed, i, firstRule[i % firstRule.Length], (ushort)i, port);
        }

        for (int i = 0; i < Flows; i++)
        {
            Require(Denied() == DropReason.IngressDenied);
        }

        for (int i = 0; i < Flows; i++)
        {
            Require(Established().IsForward);
        }
    }

    /// <summary>A new connection of a known peer to a port that is not open.</summary>
    [Benchmark]
    public DropReason Denied() => Decide(_denied).Reason;

    /// <summary>A packet of a connection that stands.</summary>
    [Benchmark(Baseline = true)]
    public PacketDecision Established() => Decide(_allowed);

    /// <summary>The same with policy about another pod published after every hundred packets.</summary>
    [Benchmark(OperationsPerInvoke = 100)]
    public PacketDecision EstablishedWhilePublishing()
    {
        _engine.Publish(_snapshots[_next]);
        _next ^= 1;
        PacketDecision last = default;
        for (int i = 0; i < 100; i++)
        {
            last = Decide(_allowed);
        }

        return last;
    }

    [GlobalCleanup]
    public void CleanUp() => _engine.Dispose();

    private PacketDecision Decide(byte[] frames)
    {
        _at = _at + 1 == Flows ? 0 : _at + 1;
        fixed (byte* frame = &frames[_at * FrameBytes])
        {
            return _engine.Decide(frame, FrameBytes, new PacketContext(1_000));
        }
    }

    private static void Require(bool isTrue)
    {
        if (!isTrue)
        {
            throw new InvalidOperationException("the verdicts are not what is measured");
        }
    }

    private static void Write(byte[] frames, int index, uint src, ushort srcL4Port, ushort dstL4Port)
    {
        Span<byte> frame = frames.AsSpan(index * FrameBytes, FrameBytes);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], 0x0800);
        frame[14] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(frame[16..], 40);
        frame[22] = 64;
        frame[23] = 6;
        BinaryPrimitives.WriteUInt32BigEndian(frame[26..], src);
        BinaryPrimitives.WriteUInt32BigEndian(frame[30..], 0x0b000001);
        BinaryPrimitives.WriteUInt16BigEndian(frame[34..], srcL4Port);
        BinaryPrimitives.WriteUInt16BigEndian(frame[36..], dstL4Port);
        frame[46] = 0x50;
        frame[47] = 0x10;
    }
}
