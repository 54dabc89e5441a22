using System.Runtime.InteropServices;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// The loop's functions over a <see cref="LoopState"/>, the same in every runtime: this one calls them, the library that is
/// compiled ahead of time exports them. A failure is text in <see cref="LoopState.Report"/> and <see cref="Failed"/>, as an
/// exception cannot cross from one runtime to another.
/// </summary>
internal static unsafe class LoopEntry
{
    /// <summary>Returned for what went wrong.</summary>
    public const int Failed = -1;

    /// <summary>Makes the loop's tables, dimensioned by the state. Control side, first.</summary>
    /// <returns>0, or <see cref="Failed"/>.</returns>
    public static int Open(LoopState* state)
    {
        try
        {
            PollLoop loop = new(state);
            loop.WarmUp();
            state->Loop = GCHandle.ToIntPtr(GCHandle.Alloc(loop));
            return 0;
        }
        catch (Exception exception)
        {
            return Fail(state, exception);
        }
    }

    /// <summary>One round over all ports. While nothing else polls.</summary>
    /// <returns>Packets received, or <see cref="Failed"/>.</returns>
    public static int Poll(LoopState* state, long nowMs)
    {
        try
        {
            state->Epoch.Enter();
            return LoopOf(state).Poll(nowMs);
        }
        catch (Exception exception)
        {
            return Fail(state, exception);
        }
        finally
        {
            state->Epoch.Exit();
        }
    }

    /// <summary>Polls until told to stop, by the clock of <see cref="Environment.TickCount64"/>. A thread of its own.</summary>
    /// <returns>0, or <see cref="Failed"/>.</returns>
    public static int Run(LoopState* state) => Run(state, null);

    /// <summary>The same with a clock, which only a loop of this runtime can have.</summary>
    public static int Run(LoopState* state, Func<long>? clockMs)
    {
        try
        {
            PollLoop loop = LoopOf(state);
            loop.WarmUp();
            if (clockMs == null)
            {
                loop.UseGrain();
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread();
            long collections = GC.CollectionCount(0);
            RunUntilStopped(loop, state, clockMs);
            Volatile.Write(ref state->Report.Collections, GC.CollectionCount(0) - collections);
            Volatile.Write(ref state->Report.AllocatedBytes, GC.GetAllocatedBytesForCurrentThread() - allocated);
            return 0;
        }
        catch (Exception exception)
        {
            return Fail(state, exception);
        }
        finally
        {
            state->Epoch.Exit();
        }
    }

    /// <summary>What would become of a packet. While nothing polls.</summary>
    /// <returns>0, or <see cref="Failed"/>.</returns>
    public static int Trace(LoopState* state, ParsedPacket* packet, long nowMs, TraceAnswer* answer)
    {
        try
        {
            *answer = LoopOf(state).TraceAlone(*packet, nowMs);
            return 0;
        }
        catch (Exception exception)
        {
            return Fail(state, exception);
        }
    }

    /// <summary>Frees the loop's tables, if it has any. Control side, last.</summary>
    public static void Close(LoopState* state)
    {
        if (state->Loop != 0)
        {
            GCHandle handle = GCHandle.FromIntPtr(state->Loop);
            ((PollLoop)handle.Target!).Dispose();
            handle.Free();
            state->Loop = 0;
        }
    }

    private static void RunUntilStopped(PollLoop loop, LoopState* state, Func<long>? clockMs)
    {
        state->Epoch.Enter();
        int idlePolls = 0;
        int idlePollsBeforeWait = state->Dimensions.IdlePollsBeforeWait;
        while (Volatile.Read(ref state->Control.Stop) == 0)
        {
            state->Epoch.Quiesce();
            if (state->Rounds != null)
            {
                state->Rounds->Mark();
            }

            long nowMs = clockMs == null ? Environment.TickCount64 : clockMs();
            idlePolls = loop.Poll(nowMs) > 0 ? 0 : idlePolls + 1;
            if (idlePollsBeforeWait > 0 && idlePolls >= idlePollsBeforeWait)
            {
                idlePolls = idlePollsBeforeWait - 1;

                // Who naps holds no snapshot: publishing does not wait for it.
                state->Epoch.Exit();
                if (state->Rounds != null)
                {
                    state->Rounds->Restart();
                }

                state->Wake.Wait(state->Dimensions.IdleWaitMs);
                state->Epoch.Enter();
            }
        }
    }

    private static PollLoop LoopOf(LoopState* state) => (PollLoop)GCHandle.FromIntPtr(state->Loop).Target!;

    private static int Fail(LoopState* state, Exception exception)
    {
        state->Report.WriteFault($"{exception.GetType().Name}: {exception.Message}");
        return Failed;
    }
}
