using System.Runtime.CompilerServices;
using Dpdk.Mbuf;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Switching;

namespace NetPolNic.Fallback.Worker;

/// <summary>The short ways through a burst that has been read.</summary>
internal sealed unsafe partial class PollLoop
{
    private void DecideAndSwitch(Mbuf** packets, int count, int inPort, long nowMs)
    {
        SwitchState* state = _switch.State;
        if (state->Engine->Tables == null)
        {
            for (int i = 0; i < count; i++)
            {
                DecideAndSwitchOne(packets[i], i, inPort, nowMs);
            }

            FreeDropped();
            return;
        }

        ExpressBurst burst = ExpressBurst.Of(state, inPort, nowMs);
        int at = 0;
        while (at < count)
        {
            at = ForwardPlain(&burst, packets, at, count);
            int rest = DecideOpening(&burst, packets, at, count, inPort, nowMs);
            if (rest == at && at < count)
            {
                if (at + LookAhead < count)
                {
                    BurstPipeline.LookAhead(state, state->Express + at + LookAhead, _parsed.Pointer + at + LookAhead);
                }

                DecideAndSwitchOne(packets[at], at, inPort, nowMs);
                burst.NoteStations();
                rest++;
            }

            at = rest;
        }

        FreeDropped();
    }

    /// <summary>Forwards packets as long as they go the short way.</summary>
    /// <returns>Index of the first that does not, or <paramref name="count"/>.</returns>
    private int ForwardPlain(ExpressBurst* burst, Mbuf** packets, int from, int count)
    {
        ExpressPacket* express = burst->State->Express;
        TxBuffer* tx = _tx.Pointer;
        int at = from;
        while (at < count && express[at].Kind == ExpressKind.Plain)
        {
            TxBuffer* full = null;
            if (express[at].IsUsualV4)
            {
                at += ForwardRun<Trodden>(burst, packets + at, express + at, count - at, tx, &full);
            }

            int straight = full == null && at < count
                ? ForwardRun<Straight>(burst, packets + at, express + at, count - at, tx, &full)
                : 0;
            at += straight;
            if (full != null)
            {
                full->Flush();
            }
            else if (straight == 0 && at < count && express[at].Kind == ExpressKind.Plain)
            {
                if (!burst->HasFarNear)
                {
                    burst->HasFarNear = true;
                    ExpressLane.PrefetchFar(burst, express + at, count - at);
                }

                int port = ExpressLane.TryForward(burst, express + at, packets[at]->Data);
                if (port < 0)
                {
                    break;
                }

                NoteMark(packets[at]);
                tx[port].Add(packets[at]);
                at++;
            }
        }

        _counters->Decisions[(int)DecisionKind.Established] += (ulong)(at - from);
        return at;
    }

    /// <summary>Forwards packets as long as nothing about them takes a second look. Calls nothing.</summary>
    /// <typeparam name="TWay">
    /// <see cref="Trodden"/>: those that go by paths which were looked up a moment ago; <see cref="Straight"/>: others, and of
    /// those that might go by such a path the first.
    /// </typeparam>
    /// <param name="burst">Theirs.</param>
    /// <param name="packets">The first.</param>
    /// <param name="express">What was read of it.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="tx">Ports to leave by.</param>
    /// <param name="full">The port to be flushed then, where it ended because of one.</param>
    /// <returns>How many are forwarded.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ForwardRun<TWay>(
        ExpressBurst* burst, Mbuf** packets, ExpressPacket* express, int count, TxBuffer* tx, TxBuffer** full)
        where TWay : struct
    {
        bool isTrodden = typeof(TWay) == typeof(Trodden);
        Mbuf** at = packets;
        Mbuf** end = packets + count;
        for (; at < end && !(*at)->HasMark; at++, express++)
        {
            if (isTrodden
                ? !express->IsUsualV4
                : express->Kind != ExpressKind.Plain || (express->IsUsualV4 && at > packets))
            {
                break;
            }

            int port = isTrodden
                ? ExpressLane.TryForwardTrodden(burst, express, (*at)->Data)
                : ExpressLane.TryForwardStraight(burst, express, (*at)->Data);
            if (port < 0)
            {
                break;
            }

            if (tx[port].Fill(*at))
            {
                *full = tx + port;
                at++;
                break;
            }
        }

        return (int)(at - packets);
    }

    /// <summary>Drops what is known to be denied and opens connections, as long as packets do the one or the other.</summary>
    /// <returns>Index of the first that does neither, or <paramref name="count"/>.</returns>
    private int DecideOpening(ExpressBurst* burst, Mbuf** packets, int from, int count, int inPort, long nowMs)
    {
        ExpressPacket* express = burst->State->Express;
        PortCounterBlock* portCounters = _state->PortCounters + inPort;
        int at = from;
        for (; at < count && express[at].Kind != ExpressKind.None; at++)
        {
            Mbuf* packet = packets[at];
            DropReason reason = ExpressLane.TryDeny(burst, express + at, packet->Data);
            if (reason == DropReason.None)
            {
                // A plain packet that is not the first has not been looked up yet.
                if (at > from && express[at].Kind == ExpressKind.Plain)
                {
                    break;
                }

                PrefetchOpening(burst, express, at, count);
                if (!OpeningLane.TryDecide(burst, express + at, packet->Data, nowMs, out OpeningDecision decision))
                {
                    break;
                }

                if (decision.Reason == DropReason.None)
                {
                    _counters->Decisions[(int)decision.Kind]++;
                    NoteMark(packet);
                    _tx.Pointer[decision.Port].Add(packet);
                    continue;
                }

                reason = decision.Reason;
            }

            _counters->Drops[(int)reason]++;
            portCounters->Drops[(int)reason]++;
            _counters->HintsDisagreed += IsMarked(packet) ? 1UL : 0UL;
            _engine.Log(express + at, reason, nowMs);
            Drop(packet);
        }

        return at;
    }

    /// <summary>Brings near what packets need that open a connection in a moment, in two steps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PrefetchOpening(ExpressBurst* burst, ExpressPacket* express, int at, int count)
    {
        if (at + LookAhead < count && express[at + LookAhead].Kind == ExpressKind.Opening)
        {
            OpeningLane.Prepare(burst, express + at + LookAhead);
        }

        if (at + (2 * LookAhead) < count && express[at + (2 * LookAhead)].Kind == ExpressKind.Opening)
        {
            ConnectionTable.PrefetchTags(&burst->Engine->Connections, &express[at + (2 * LookAhead)].Query);
        }
    }

    /// <summary>See <see cref="ForwardRun"/>.</summary>
    private readonly struct Trodden;

    /// <summary>See <see cref="ForwardRun"/>.</summary>
    private readonly struct Straight;
}
