using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Worker;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Tests.Rig;

/// <summary>A small engine with a clock of its own; every frame ends at a guard page.</summary>
internal sealed unsafe class EngineRig : IDisposable
{
    private readonly GuardedBuffer _buffer = new();

    public EngineRig(FallbackOptions? options = null)
    {
        Engine = new PolicyEngine(options ?? Small);
    }

    public static FallbackOptions Small { get; } = new()
    {
        ConnectionCapacity = 1024,
        FragmentCapacity = 64,
        MacCapacity = 64,
        DeniedRingEntries = 8,
    };

    public PolicyEngine Engine { get; }

    public long NowMs { get; set; } = 1_000;

    public FallbackCounters Counters => Engine.ReadCounters();

    public EngineRig With(params LocalEndpoint[] endpoints)
    {
        Engine.Publish(Snapshots.Of(endpoints));
        return this;
    }

    public PacketDecision Send(byte[] frame, bool marked = false) =>
        Engine.Decide(_buffer.Place(frame), frame.Length, new PacketContext(NowMs, marked));

    public PacketDecision Send(FrameBuilder frame, bool marked = false) => Send(frame.Build(), marked);

    public TraceAnswer Trace(FallbackProbe probe) => Engine.TraceAlone(ProbeParser.Parse(probe), NowMs);

    public bool Passes(FrameBuilder frame) => Send(frame).IsForward;

    public void Dispose()
    {
        Engine.Dispose();
        _buffer.Dispose();
    }
}
