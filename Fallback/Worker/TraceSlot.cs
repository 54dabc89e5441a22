using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// Hands one question at a time to the thread that polls, and its answer back. The polling side never waits; the askers
/// take turns outside. Lies in native memory; starts zeroed.
/// </summary>
[HotPath]
internal struct TraceSlot
{
    private const int Idle = 0;
    private const int Asked = 1;
    private const int Answering = 2;
    private const int Answered = 3;

    private ParsedPacket _packet;
    private TraceAnswer _answer;
    private int _state;

    /// <summary>Puts a question. The asker.</summary>
    public void Ask(in ParsedPacket packet)
    {
        _packet = packet;
        Volatile.Write(ref _state, Asked);
    }

    /// <summary>The answer, once it is there; the slot is free then. The asker.</summary>
    public bool TryTake(out TraceAnswer answer)
    {
        bool isAnswered = Volatile.Read(ref _state) == Answered;
        answer = isAnswered ? _answer : default;
        if (isAnswered)
        {
            Volatile.Write(ref _state, Idle);
        }

        return isAnswered;
    }

    /// <summary>Takes the question back. The asker.</summary>
    /// <returns>False: it is being answered, or is answered.</returns>
    public bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Idle, Asked) == Asked;

    /// <summary>Answers a question, if there is one. The engine's thread, inside a burst.</summary>
    public void Answer(PolicyEngine engine, long nowMs)
    {
        if (Volatile.Read(ref _state) == Asked &&
            Interlocked.CompareExchange(ref _state, Answering, Asked) == Asked)
        {
            engine.Trace(_packet, nowMs, out _answer);
            Volatile.Write(ref _state, Answered);
        }
    }
}
