using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Switching;
using NetPolNic.Fallback.Worker;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Tests.Rig;

/// <summary>
/// Two workers without ports that get the same frames: one sends plain packets the short way, as the loop does, the other
/// none. They may differ in nothing. Port 0 is the uplink, 1 and 2 carry pods, 2 reflects.
/// </summary>
internal sealed unsafe class TwinWorkers(FallbackOptions options) : IDisposable
{
    private readonly Side _first = new(options);
    private readonly Side _second = new(options);
    private readonly NativeBlock<ParsedPacket> _parsed = new(options.BurstPkts);

    /// <summary>Packets that went the short way.</summary>
    public long Express { get; private set; }

    /// <summary>Packets that were denied the short way.</summary>
    public long ExpressDenied { get; private set; }

    /// <summary>Packets that opened a connection the short way.</summary>
    public long Opened { get; private set; }

    /// <summary>Packets that policy denied the short way without having denied them before.</summary>
    public long Refused { get; private set; }

    /// <summary>Of those forwarded the short way, the ones without a second look.</summary>
    public long Straight { get; private set; }

    /// <summary>Of those, the ones by a path that was known.</summary>
    public long Trodden { get; private set; }

    public EngineState* First => _first.Engine.State;

    public FallbackCounters Counters => _first.Engine.ReadCounters();

    public void Publish(PolicySnapshot snapshot)
    {
        _first.Publisher.Publish(snapshot);
        _second.Publisher.Publish(snapshot);
    }

    /// <summary>Has both sides learn that a station that they know is somewhere else.</summary>
    public void Move(ulong mac, int toPort, long nowMs)
    {
        foreach (Side side in new[] { _first, _second })
        {
            ulong key = MacTable.KeyOf(mac, 0);
            MacEntry* entry = side.State->Macs.Find(key);
            uint owner = entry->Place ^ MacEntry.PlaceOf(0, entry->Port);
            side.State->Macs.Learn(key, MacEntry.PlaceOf(owner, toPort), nowMs);
        }
    }

    /// <summary>Decides a burst on both sides, which must agree about each packet.</summary>
    public void Run(byte** frames, int* lengths, PacketOutcome* outcomes, int count, int inPort, long nowMs)
    {
        _first.Begin(nowMs);
        _second.Begin(nowMs);
        for (int i = 0; i < count; i++)
        {
            BurstPipeline.Read(_first.State, frames[i], lengths[i], _first.State->Express + i, _parsed.Pointer + i);
        }

        for (int i = 0; i < count; i++)
        {
            PacketOutcome short_;
            DecideAsTheLoop(i, frames[i], lengths[i], &short_, inPort, nowMs);
            ParsedPacket packet;
            ExpressPacket* read = _second.State->Express + i;
            BurstPipeline.ReadWhole(_second.State, frames[i], lengths[i], read, &packet);
            BurstPipeline.Decide(_second.State, &packet, outcomes + i, &read->Query, inPort, nowMs);
            Assert.Equal((outcomes[i].Ports, outcomes[i].Decision), (short_.Ports, short_.Decision));
        }

        _first.Engine.LeaveAlone();
        _second.Engine.LeaveAlone();
    }

    /// <summary>
    /// Has the short way note what only prolongs once in a while, as a loop does that runs by the real clock.
    /// </summary>
    public void UseGrain(uint grainMs) => First->GrainMs = grainMs;

    /// <summary>
    /// Both have the same connections, byte by byte but for the paths that only one of them uses (and the time, where that
    /// has a grain), and counted the same.
    /// </summary>
    public void AssertSame()
    {
        ConnectionTable* ones = &_first.Engine.State->Connections;
        ConnectionTable* others = &_second.Engine.State->Connections;
        int bytes = sizeof(Connection);
        for (uint slot = 0; slot <= ones->SlotMask; slot++)
        {
            if (new Span<byte>(ones->Slots + slot, bytes).SequenceEqual(new Span<byte>(others->Slots + slot, bytes)))
            {
                continue;
            }

            Connection one = Comparable(ones->Slots[slot]);
            Connection other = Comparable(others->Slots[slot]);
            Assert.True(new Span<byte>(&one, bytes).SequenceEqual(new Span<byte>(&other, bytes)), $"slot {slot}");
        }

        FallbackCounters counters = _first.Engine.ReadCounters();
        FallbackCounters otherCounters = _second.Engine.ReadCounters();
        Assert.Equal(otherCounters.Drops, counters.Drops);
        Assert.Equal(otherCounters.TcpImplausible, counters.TcpImplausible);
        Assert.Equal(otherCounters.ConnectionsExpired, counters.ConnectionsExpired);
    }

    private Connection Comparable(Connection connection)
    {
        if (connection.Flags == ConnectionFlags.None)
        {
            // What is left in a slot that nothing stands in says nothing.
            return new Connection { Neighbours = connection.Neighbours };
        }

        if (!connection.IsIpv6)
        {
            connection.Path = default;
        }

        if (connection.IsUsed && First->GrainMs != 0)
        {
            connection.ExpiresMs = 0;
        }

        return connection;
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _parsed.Dispose();
    }

    private void DecideAsTheLoop(int at, byte* frame, int length, PacketOutcome* outcome, int inPort, long nowMs)
    {
        ExpressPacket* express = _first.State->Express + at;
        ParsedPacket* parsed = _parsed.Pointer + at;
        int port = -1;
        DropReason denied = DropReason.None;
        if (express->Kind != ExpressKind.None && _first.State->Engine->Tables != null)
        {
            ExpressBurst burst = ExpressBurst.Of(_first.State, inPort, nowMs);
            if (express->Kind == ExpressKind.Plain)
            {
                port = express->IsUsualV4 ? ExpressLane.TryForwardTrodden(&burst, express, frame) : -1;
                Trodden += port < 0 ? 0 : 1;
                port = port < 0 ? ExpressLane.TryForwardStraight(&burst, express, frame) : port;
                Straight += port < 0 ? 0 : 1;
                port = port < 0 ? ExpressLane.TryForward(&burst, express, frame) : port;
            }

            denied = port < 0 ? ExpressLane.TryDeny(&burst, express, frame) : DropReason.None;
            if (express->Kind == ExpressKind.Opening && at % 2 == 0)
            {
                OpeningLane.Prepare(&burst, express);
            }

            if (port < 0 && denied == DropReason.None &&
                OpeningLane.TryDecide(&burst, express, frame, nowMs, out OpeningDecision opening))
            {
                denied = opening.Reason;
                Refused += denied == DropReason.None ? 0 : 1;
                if (denied == DropReason.None)
                {
                    Opened++;
                    _first.Engine.State->Counters->Decisions[(int)opening.Kind]++;
                    *outcome = new PacketOutcome
                    {
                        Ports = 1UL << opening.Port,
                        Decision = PacketDecision.Forward(opening.Kind),
                    };
                    return;
                }
            }
        }

        if (denied != DropReason.None)
        {
            ExpressDenied++;
            *outcome = new PacketOutcome { Decision = PacketDecision.Drop(denied), Reason = denied };
            PacketDecider.Count(_first.Engine.State->Counters, outcome->Decision, isMarked: false);
            return;
        }

        if (port >= 0)
        {
            Express++;
            *outcome = new PacketOutcome
            {
                Ports = 1UL << port,
                Decision = PacketDecision.Forward(DecisionKind.Established),
            };
            return;
        }

        if (express->Kind != ExpressKind.None)
        {
            PacketParser.Parse(frame, length, out *parsed);
        }

        BurstPipeline.Decide(_first.State, parsed, outcome, &express->Query, inPort, nowMs);
    }

    private sealed class Side : IDisposable
    {
        private const ulong TableSeed = 7;

        private readonly NativeBlock<WorkerCounterBlock> _counters = new(1);
        private readonly DeniedRing _denied = DeniedRing.Create(16);
        private readonly DeniedTally _tally = DeniedTally.Create(TableSeed);
        private readonly PolicySwitch _switch;

        public Side(FallbackOptions options)
        {
            Engine = new PolicyEngine(options, TableSeed, Publisher.Register(), _counters.Pointer, _denied, _tally);
            _switch = new PolicySwitch(new PortLayout(3, 0b110, 0b100), options, TableSeed, Engine.State);
        }

        public SnapshotPublisher Publisher { get; } = new();

        public PolicyEngine Engine { get; }

        public SwitchState* State => _switch.State;

        public void Begin(long nowMs)
        {
            Engine.EnterAlone(nowMs);
            _switch.BeginBurst();
        }

        public void Dispose()
        {
            _switch.Dispose();
            Engine.Dispose();
            Publisher.Dispose();
            _counters.Dispose();
            _denied.Free();
            _tally.Free();
        }
    }
}
