using System.Runtime.CompilerServices;
using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Decision;

namespace NetPolNic.Fallback.Switching;

/// <summary>What all packets of a burst that came in at one port have in common on the short way.</summary>
internal unsafe struct ExpressBurst
{
    public SwitchState* State;

    public EngineState* Engine;

    public ClassifierTables* Tables;

    public Connection* Slots;

    public MacTable* Stations;

    /// <summary>Ports that nothing leaves by.</summary>
    public ulong ClosedPorts;

    /// <summary>Ports that nothing leaves by that is not for a local pod.</summary>
    public ulong PodPorts;

    public uint Generation;

    /// <summary>The clock's low half.</summary>
    public uint NowMs;

    public uint GrainMs;

    public uint TcpMs;

    public uint UdpMs;

    /// <summary>The port as <see cref="MacEntry.PlaceOf"/> packs it.</summary>
    public uint InPlace;

    /// <summary>The port as a <see cref="StationPath"/> has it.</summary>
    public uint WayIn;

    /// <summary>
    /// When connections of TCP are forgotten whose stations were looked up at the earliest moment that still counts.
    /// </summary>
    public uint FreshTcpMs;

    /// <summary>The same for UDP.</summary>
    public uint FreshUdpMs;

    /// <summary>Only local pods may send from here.</summary>
    public bool IsForPods;

    /// <summary><see cref="ExpressLane.PrefetchFar"/> has gone through its packets.</summary>
    public bool HasFarNear;

    /// <summary>Made inside a burst, with tables.</summary>
    public static ExpressBurst Of(SwitchState* state, int inPort, long nowMs)
    {
        EngineState* engine = state->Engine;
        ulong inMask = 1UL << inPort;
        ExpressBurst burst = new()
        {
            State = state,
            Engine = engine,
            Tables = engine->Tables,
            Slots = engine->Connections.Slots,
            Stations = &state->Macs,
            ClosedPorts = inMask & ~state->Ports.ReflectMask,
            PodPorts = state->Ports.PodMask,
            Generation = engine->Tables->Generation,
            NowMs = unchecked((uint)nowMs),
            GrainMs = engine->GrainMs,
            TcpMs = (uint)engine->Timeouts.TcpEstablishedMs,
            UdpMs = (uint)engine->Timeouts.UdpRepliedMs,
            InPlace = MacEntry.PlaceOf(0, inPort),
            WayIn = StationPath.WayIn(inPort),
            IsForPods = (state->Ports.PodMask & inMask) != 0,
        };
        burst.NoteStations();
        return burst;
    }

    /// <summary>Takes in what was learned of stations: paths that were looked up before no longer count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void NoteStations()
    {
        // Whatever was looked up in the millisecond of the change may have been so before it.
        uint changedMs = Stations->ChangedMs;
        uint sinceMs = unchecked(NowMs - changedMs);
        uint fromMs = unchecked(sinceMs <= GrainMs ? changedMs + 1 : NowMs - GrainMs);
        FreshTcpMs = unchecked(fromMs + TcpMs + GrainMs);
        FreshUdpMs = unchecked(fromMs + UdpMs + GrainMs);
    }
}
