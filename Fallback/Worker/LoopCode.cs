using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Worker;

/// <summary>The functions of <see cref="LoopEntry"/>, of one runtime or another.</summary>
internal abstract unsafe class LoopCode
{
    /// <summary>Those of this runtime.</summary>
    public static LoopCode OfThisRuntime { get; } = new Own();

    /// <summary>Whether a thread may run with a clock that it is given.</summary>
    public virtual bool TakesClock => false;

    public abstract int Open(LoopState* state);

    public abstract int Poll(LoopState* state, long nowMs);

    public abstract int Run(LoopState* state, Func<long>? clockMs);

    public abstract int Trace(LoopState* state, ParsedPacket* packet, long nowMs, TraceAnswer* answer);

    public abstract void Close(LoopState* state);

    private sealed class Own : LoopCode
    {
        public override bool TakesClock => true;

        public override int Open(LoopState* state) => LoopEntry.Open(state);

        public override int Poll(LoopState* state, long nowMs) => LoopEntry.Poll(state, nowMs);

        public override int Run(LoopState* state, Func<long>? clockMs) => LoopEntry.Run(state, clockMs);

        public override int Trace(LoopState* state, ParsedPacket* packet, long nowMs, TraceAnswer* answer) =>
            LoopEntry.Trace(state, packet, nowMs, answer);

        public override void Close(LoopState* state) => LoopEntry.Close(state);
    }
}
